"""Workflows and their versions: metadata only, the bytes are in the blob store."""

from __future__ import annotations

from typing import Any

from salt_core.model.workflow import Version, Workflow
from salt_core.store.redis import records
from salt_core.store.redis.base import RedisBase, text, text_map
from salt_core.store.redis.connection import translate
from salt_core.store.redis.keys import Kind


class RegistryPart(RedisBase):
    async def register(
        self, version: Version, settings: dict[str, Any], *, make_live: bool = True
    ) -> bool:
        record = records.version_json(version)
        head = (version.workflow, version.version, record, records.dump(settings))
        return bool(await self._call("register", *head, version.source, int(make_live)))

    async def put_settings(self, workflow: str, settings: dict[str, Any]) -> None:
        await self._set(workflow, "settings", settings=records.dump(settings), build_error="")

    async def make_live(self, workflow: str, version: str) -> bool:
        return bool(await self._call("make_live", workflow, version))

    async def pause(self, workflow: str, paused: bool) -> bool | None:
        said = int(await self._call("pause", workflow, "1" if paused else "0"))
        return None if said < 0 else said == 1

    async def put_build_error(self, workflow: str, source: str, error: str) -> None:
        with translate(self.url):
            await self._redis.sadd(self.keys(Kind.WORKFLOWS), workflow)
        await self._set(workflow, "build", build_error=error, source=source)

    async def _set(self, workflow: str, what: str, **fields: str) -> None:
        with translate(self.url):
            async with self._redis.pipeline(transaction=True) as pipe:
                pipe.hset(self.keys(Kind.WORKFLOW, workflow), mapping=dict(fields))
                change = {"kind": "workflow", "key": workflow, "status": what}
                pipe.xadd(self.keys(Kind.CHANGES), dict(change), maxlen=10000, approximate=True)
                await pipe.execute()

    async def workflow(self, name: str) -> Workflow | None:
        found = await self._workflows([name])
        return found[0] if found else None

    async def workflows(self) -> list[Workflow]:
        with translate(self.url):
            names = await self._redis.smembers(self.keys(Kind.WORKFLOWS))
        return await self._workflows(sorted(text(name) for name in names))

    async def _workflows(self, names: list[str]) -> list[Workflow]:
        if not names:
            return []
        with translate(self.url):
            async with self._redis.pipeline(transaction=False) as pipe:
                for name in names:
                    pipe.hgetall(self.keys(Kind.WORKFLOW, name))
                    pipe.zcard(self.keys(Kind.VERSIONS, name))
                found = await pipe.execute()
        return [
            records.read_workflow(name, text_map(found[2 * i]), int(found[2 * i + 1]))
            for i, name in enumerate(names)
            if found[2 * i]
        ]

    async def version(self, workflow: str, version: str) -> Version | None:
        with translate(self.url):
            record = await self._redis.get(self.keys(Kind.VERSION, workflow, version))
            if record is None:
                return None
            at = await self._redis.zscore(self.keys(Kind.VERSIONS, workflow), version)
        return records.read_version(workflow, version, record, int(at or 0))

    async def versions(self, workflow: str) -> list[Version]:
        """Newest first."""
        with translate(self.url):
            found = await self._redis.zrevrange(
                self.keys(Kind.VERSIONS, workflow), 0, -1, withscores=True
            )
            if not found:
                return []
            names = [text(name) for name, _ in found]
            kept = await self._redis.mget([self.keys(Kind.VERSION, workflow, n) for n in names])
        return [
            records.read_version(workflow, name, record, int(at))
            for name, record, (_, at) in zip(names, kept, found, strict=True)
            if record is not None
        ]
