"""Runs by what they are like: the server looks through all of them, and sends those that match."""

from __future__ import annotations

from collections.abc import Sequence

from salt_core.model.query import Found, RunQuery, Span
from salt_core.model.run import Run
from salt_core.store.redis import records
from salt_core.store.redis.base import RedisBase, text
from salt_core.store.redis.connection import translate
from salt_core.store.redis.keys import Kind

LOOKED, LISTED = 1000, 5000
"""Runs in one script that are looked at, or only listed: some milliseconds of the server."""
_HEADS = 200
"""Heads in one reply: reading more of them would hold up whoever asks for too long."""


class FindingPart(RedisBase):
    async def find_runs(self, query: RunQuery, after: tuple[int, int] | None = None) -> Found:
        limit = LISTED if query.everything else LOOKED
        created = query.created
        newest = "+inf" if created.most is None else created.most
        newest, skip = (newest, 0) if after is None else after
        least = "-inf" if created.least is None else created.least
        asked = "" if query.everything else _asked(query)
        found = await self._call(
            "find_runs", query.workflow or "", newest, skip, least, limit, asked
        )
        looked = int(found[0])
        keys = tuple((int(found[i + 1]), text(found[i])) for i in range(3, len(found), 2))
        ended = looked < limit
        return Found(keys, looked, None if ended else (int(found[1]), int(found[2])))

    async def read_runs(self, ids: Sequence[str]) -> list[Run]:
        found: list[Run] = []
        for begin in range(0, len(ids), _HEADS):
            some = ids[begin : begin + _HEADS]
            heads = await self._hashes([self.keys(Kind.RUN, run) for run in some])
            pairs = zip(some, heads, strict=True)
            found += [records.read_run(run, head) for run, head in pairs if head]
        return found

    async def recent_runs(self, workflows: Sequence[str], limit: int) -> dict[str, list[Run]]:
        with translate(self.url):
            async with self._redis.pipeline(transaction=False) as pipe:
                for name in workflows:
                    pipe.zrevrange(self.keys(Kind.RUNS, name), 0, limit - 1)
                listed = [[text(run) for run in found] for found in await pipe.execute()]
        heads = await self.read_runs([run for some in listed for run in some])
        known = {run.id: run for run in heads}
        return {
            name: [known[run] for run in some if run in known]
            for name, some in zip(workflows, listed, strict=True)
        }


def _asked(query: RunQuery) -> str:
    """The conditions as ``find_runs.lua`` takes them."""
    terms = [
        [term.field.value, term.negated, [list(one.pieces) for one in term.patterns]]
        for term in query.terms
    ]
    spans = {name: _span(getattr(query, name)) for name in ("finished", "took")}
    return records.dump({"terms": terms, **spans})


def _span(span: Span) -> list[int | None]:
    return [span.least, span.most]
