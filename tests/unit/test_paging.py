"""Tasks a page at a time, past those that are forgotten."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import pytest
from tests.snapshot.fixed import NOW

from salt_core.blobs import Blobs
from salt_core.model.run import Run
from salt_core.model.status import RunStatus, TaskStatus
from salt_core.model.task import Policy, Task
from salt_core.store import Store
from salt_core.store.paging import PAGE, all_tasks, task_pages
from salt_tui.onerun.reading import RunReader
from salt_tui.readmodel import ReadModel


def task(seq: int) -> Task:
    return Task(str(seq), "t", TaskStatus.SUCCEEDED, (), Policy(), NOW, NOW, NOW, ())


class Kept:
    """Holds the tasks of one run by number, as the real one does."""

    def __init__(self, numbers: list[int], total: int) -> None:
        self.kept = {seq: task(seq) for seq in numbers}
        self.asked: list[tuple[int, int]] = []
        self.head = Run("r", "w", "v", RunStatus.RUNNING, "{}", "manual", 0, 0, None, total, 0)

    def as_store(self) -> Store:
        return cast("Store", self)

    async def run(self, run: str) -> Run | None:
        return self.head if run == "r" else None

    async def tasks(self, run: str, offset: int = 0, limit: int = 1000) -> list[Task]:
        self.asked.append((offset, limit))
        return [self.kept[n] for n in range(offset, offset + limit) if n in self.kept]


@pytest.mark.parametrize(
    ("numbers", "total"),
    [
        ([0], 0),
        (list(range(PAGE)), PAGE - 1),
        (list(range(PAGE + 1)), PAGE),
        ([0, 1, *range(2 * PAGE + 7, 3 * PAGE)], 3 * PAGE - 1),
        ([0, 1], 5 * PAGE),
        # More came after the head was read.
        (list(range(2 * PAGE + 1)), 3),
    ],
)
async def test_every_task_is_read_once(numbers: list[int], total: int) -> None:
    store = Kept(numbers, total)
    assert [int(one.id) for one in await all_tasks(store.as_store(), "r")] == numbers
    pages = [page async for page in task_pages(store.as_store(), store.head)]
    assert all(0 < len(page) <= PAGE for page in pages)


async def test_a_run_that_is_not_there_has_none() -> None:
    assert await all_tasks(Kept([0], 0).as_store(), "other") == []


async def test_the_console_reads_again_what_changed_beside_what_is_forgotten() -> None:
    store = Kept([0, 1, *range(100, 140)], 139)
    model = ReadModel(store.as_store(), cast("Blobs", None), now=lambda: NOW)
    reader = RunReader(model, "r")
    await reader.load()
    before = list(reader.tree.ids())
    for seq in range(100, 110):
        del store.kept[seq]
    store.kept[130] = replace(task(130), status=TaskStatus.RUNNING)
    store.kept |= {seq: task(seq) for seq in range(140, 170)}
    store.head = replace(store.head, tasks_total=169)
    await reader.update(["105", "130", "169"])
    now = list(reader.tree.ids())
    assert [one for one in now if int(one) < 140] == [
        one for one in before if not 100 <= int(one) < 110
    ]
    assert [int(one) for one in now][-30:] == list(range(140, 170))
    changed = reader.tree.call("130")
    assert changed is not None
    assert changed.status == TaskStatus.RUNNING
