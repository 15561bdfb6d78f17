"""What has happened since it was read: values that the read model hands on."""

from __future__ import annotations

from dataclasses import dataclass, field, replace


@dataclass(frozen=True, slots=True)
class Changes:
    """What is no longer as it was read.

    Attributes:
        runs: Ids of runs.
        tasks: For each run the ids of its tasks.
        agents: Agents came or went, or another host leads.
        workflows: Names.
        schedules: Ids, or names of workflows whose schedules were replaced.
        deeds: Somebody did something.
        everything: All of it: the store was away.
    """

    runs: frozenset[str] = frozenset()
    tasks: dict[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])
    agents: bool = False
    workflows: frozenset[str] = frozenset()
    schedules: frozenset[str] = frozenset()
    deeds: bool = False
    everything: bool = False

    def __bool__(self) -> bool:
        return bool(
            self.runs
            or self.tasks
            or self.agents
            or self.workflows
            or self.schedules
            or self.deeds
            or self.everything
        )

    def __or__(self, other: Changes) -> Changes:
        tasks = dict(self.tasks)
        for run, ids in other.tasks.items():
            tasks[run] = tasks.get(run, frozenset()) | ids
        return Changes(
            self.runs | other.runs,
            tasks,
            self.agents or other.agents,
            self.workflows | other.workflows,
            self.schedules | other.schedules,
            self.deeds or other.deeds,
            self.everything or other.everything,
        )

    def noting(self, kind: str, key: str) -> Changes:
        """These, and one entry of the change stream."""
        match kind:
            case "run":
                return replace(self, runs=self.runs | {key})
            case "task":
                run, _, task = key.rpartition("/")
                return self | Changes(tasks={run: frozenset({task})})
            case "agent" | "leader":
                return replace(self, agents=True)
            case "workflow":
                return replace(self, workflows=self.workflows | {key})
            case "schedule":
                return replace(self, schedules=self.schedules | {key})
            case "deed":
                return replace(self, deeds=True)
            case _:
                return self


@dataclass(frozen=True, slots=True)
class Link:
    """Whether the store answers; ``since`` is Unix ms, ``problem`` one sentence."""

    up: bool
    since: int
    problem: str = ""
