"""A run as a graph of what was called: one node a call site, however many calls it made."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from salt_core.cli.words import task_name
from salt_core.ids import BODY
from salt_core.model.task import Task
from salt_tui.onerun.nodes import LOUDEST, status_of
from salt_tui.onerun.tree import site_of


@dataclass(slots=True, eq=False)
class Site:
    """What was called from one line: ``counts`` calls by status; ``key`` of the first of them."""

    key: str
    name: str
    order: int
    counts: Counter[str] = field(default_factory=Counter[str])

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def status(self) -> str:
        return next((one for one in LOUDEST if self.counts[one] > 0), "blocked")


@dataclass(frozen=True, slots=True)
class Edge:
    """``after`` had what ``before`` made (``sure``), or was only asked for when that had ended."""

    before: Site
    after: Site
    sure: bool


class SiteGraph:
    """Grows with the calls of a run."""

    def __init__(self) -> None:
        self._sites: dict[str, Site] = {}
        self._known: dict[str, tuple[Site, str]] = {}
        self._edges: dict[tuple[int, int], Edge] = {}
        self._latest: dict[str, tuple[Site, int | None]] = {}
        self.changes = 0

    @property
    def sites(self) -> list[Site]:
        """In the order in which they were called first."""
        return list(self._sites.values())

    @property
    def edges(self) -> list[Edge]:
        return list(self._edges.values())

    def put(self, tasks: Iterable[Task]) -> None:
        """Take in calls that are new or have changed, in program order."""
        for task in tasks:
            if task.id == BODY:
                continue
            status = status_of(task)
            known = self._known.get(task.id)
            if known is None:
                site = self._add(task)
            else:
                site = known[0]
                site.counts[known[1]] -= 1
                self._end(task, site)
            site.counts[status] += 1
            self._known[task.id] = (site, status)
        self.changes += 1

    def _end(self, task: Task, site: Site) -> None:
        name = site_of(task)
        if task.finished is not None and name in self._latest:
            self._latest[name] = (site, task.finished)

    def _add(self, task: Task) -> Site:
        name = site_of(task)
        site = self._sites.get(name)
        is_new = site is None
        if site is None:
            site = self._sites[name] = Site(task.id, task_name(task), len(self._sites))
        for need in task.needs:
            if need in self._known:
                self._join(self._known[need][0], site, sure=True)
        if is_new and not task.needs:
            self._follow(task, site)
        self._latest.pop(name, None)
        self._latest[name] = (site, task.finished)
        return site

    def _follow(self, task: Task, site: Site) -> None:
        """A call that needs nothing was asked for when something before it had ended."""
        for before, finished in reversed(self._latest.values()):
            if before is not site and finished is not None and finished <= task.created:
                self._join(before, site, sure=False)
                return

    def _join(self, before: Site, after: Site, *, sure: bool) -> None:
        key = (before.order, after.order)
        known = self._edges.get(key)
        if known is None or (sure and not known.sure):
            self._edges[key] = Edge(before, after, sure)
