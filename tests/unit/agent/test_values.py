"""Large values: in the blob store by content, and back."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from salt_agent.blobaccess import AsyncBlobs
from salt_agent.patience import Patience
from salt_agent.report import Report
from salt_agent.values import KEPT_INLINE, ValueRefused, Values
from salt_core.config import Config
from salt_core.model.journal import Called, Done, Entry
from salt_core.model.status import TaskStatus


@pytest.fixture
def values(config: Config) -> Values:
    report = Report(stream=io.StringIO())
    return Values(AsyncBlobs(config), Patience(config, report))


def stored(config: Config) -> list[Path]:
    return [path for path in (config.home / "blobs").rglob("*") if path.is_file()]


async def test_a_small_value_stays(values: Values, config: Config) -> None:
    text = json.dumps("x" * 100)
    assert await values.keep(text) == text
    assert await values.fetch(text) == text
    assert stored(config) == []


async def test_the_limit_counts_bytes(values: Values) -> None:
    inline = '"' + "x" * (KEPT_INLINE - 2) + '"'
    assert await values.keep(inline) == inline
    umlauts = '"' + "ä" * (KEPT_INLINE // 2) + '"'
    assert (await values.keep(umlauts)).startswith('{"$blob":')


async def test_a_large_value_comes_back(values: Values, config: Config) -> None:
    text = json.dumps({"rows": list(range(20_000)), "s": "ä\ud800"}, ensure_ascii=False)
    kept = await values.keep(text)
    assert len(kept) < 120
    assert json.loads(kept)["size"] == len(text.encode("utf-8", "surrogatepass"))
    assert await values.keep(text) == kept
    assert await values.fetch(kept) == text
    assert await values.fetch_all({3: kept, 4: "1"}) == {3: text, 4: "1"}


async def test_a_journal_has_its_values_in_place(values: Values) -> None:
    text = json.dumps("x" * KEPT_INLINE)
    kept = await values.keep(text)
    entries: list[Entry] = [
        Called(1, "a"),
        Done(1, TaskStatus.SUCCEEDED, kept),
        Done(2, TaskStatus.FAILED),
    ]
    assert await values.fetch_entries(entries) == [
        Called(1, "a"),
        Done(1, TaskStatus.SUCCEEDED, text),
        Done(2, TaskStatus.FAILED),
    ]


async def test_a_missing_blob_is_a_clear_refusal(values: Values) -> None:
    reference = '{"$blob":"' + "0" * 64 + '","size":40000}'
    with pytest.raises(ValueRefused, match="not in the blob store"):
        await values.fetch(reference)


async def test_what_only_looks_like_a_reference_is_a_value(values: Values) -> None:
    for text in ('{"$blob":"abc","size":1}', '{"$$blob":"x"}', '["$blob"]'):
        assert await values.fetch(text) == text


async def test_too_large_is_refused(values: Values, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("salt_agent.values.LARGEST", 1 << 20)
    with pytest.raises(ValueRefused, match="2 MiB of JSON, and 1 MiB is the most"):
        await values.keep('"' + "x" * (2 << 20) + '"')
