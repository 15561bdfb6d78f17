"""The filter line of the run list: ``status:failed wf:nightly since:2d words``.

What names a field is asked of the store, so it looks at all runs; bare words are looked for in
id, workflow, status, trigger and error of the runs that have been read.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from salt_core.cli.words import parse_since
from salt_core.clock import from_millis
from salt_core.errors import BadInput
from salt_core.model.run import Run, RunFilter
from salt_core.model.status import RunStatus

HINT = "status:failed  wf:NAME  since:2d  or any words"


@dataclass(frozen=True, slots=True)
class RunQuery:
    """What the run list shows; ``since`` is Unix ms, words are lower case."""

    workflow: str | None = None
    status: RunStatus | None = None
    since: int | None = None
    words: tuple[str, ...] = ()

    def asked(self, limit: int, offset: int) -> RunFilter:
        """The part that the store answers."""
        return RunFilter(self.workflow, self.status, self.since, limit, offset)

    def counts(self, run: Run) -> bool:
        """Whether the store's answer has ``run`` in it."""
        if self.workflow is not None and run.workflow != self.workflow:
            return False
        if self.status is not None and run.status is not self.status:
            return False
        return self.since is None or run.created >= self.since

    def matches(self, run: Run) -> bool:
        """Whether ``run`` belongs in the list."""
        if not self.counts(run):
            return False
        if not self.words:
            return True
        error = f"{run.error.type} {run.error.message}" if run.error else ""
        hay = f"{run.id} {run.workflow} {run.status} {run.trigger} {error}".lower()
        return all(word in hay for word in self.words)


def parse(text: str, now: int, *, workflow: str | None = None) -> RunQuery:
    """Read a filter line.

    Args:
        now: Unix ms, from which ``since:2d`` counts back.
        workflow: Of a list that shows one workflow's runs only.

    Raises:
        BadInput: A field or its value is none that runs have; says which there are.
    """
    query = RunQuery(workflow=workflow)
    words: list[str] = []
    for term in text.split():
        field, colon, value = term.partition(":")
        if not colon or not value:
            words.append(term.lower())
        elif field in ("wf", "workflow"):
            query = replace(query, workflow=value)
        elif field in ("status", "state"):
            try:
                query = replace(query, status=RunStatus(value))
            except ValueError:
                raise BadInput(f"status is one of {' '.join(RunStatus)}.", key=field) from None
        elif field == "since":
            query = replace(query, since=parse_since(value, from_millis(now)))
        else:
            raise BadInput(f"No field {field}: try {HINT}.", key=field)
    return replace(query, words=tuple(words))
