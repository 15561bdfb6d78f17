"""How a line of a run's tree reads, beside its neighbours and as a stretch of time."""

from __future__ import annotations

from datetime import tzinfo

from salt_core.cli.words import task_name
from salt_core.ids import BODY
from salt_core.model.status import AttemptEnd
from salt_core.model.task import Task
from salt_tui.marks import mark
from salt_tui.onerun.folding import TreeRow
from salt_tui.onerun.nodes import Node
from salt_tui.onerun.notes import note
from salt_tui.onerun.timeline import Scale, bar
from salt_tui.times import moment, span
from salt_tui.widgets.columns import Cell, Column

TREE = (
    Column("#", 5, right=True),
    Column("TASK", 18, most=44),
    Column("STATUS", 11),
    Column("TRIES", 5, right=True, drop=3),
    Column("STARTED", 12, drop=2),
    Column("TOOK", 6, right=True),
    Column("AGENT", 14, drop=5),
    Column("NOTE", 20, most=90, drop=1),
)
TIME = (Column("TASK", 18, most=30), Column("TOOK", 6, right=True), Column("TIME", 20, most=500))


def tree_cells(row: TreeRow, now: int, zone: tzinfo | None) -> list[Cell]:
    """The cells of ``TREE``."""
    node, task = row.node, row.node.task
    status = mark(node.status)
    started = Cell("–", "dim")
    begun = node.started if task is None else task.started
    if begun is not None:
        started = Cell(moment(begun, now, zone), "dim")
    words, tone = note(node, now)
    return [
        Cell(task.id if task is not None else "", "dim"),
        Cell(name_of(row), "name" if task is not None else ""),
        Cell(status.text, status.tone),
        _tries(task),
        started,
        Cell(took(node, now)),
        Cell(task.attempts[-1].agent if task is not None and task.attempts else "", "dim"),
        Cell(words, tone),
    ]


def time_cells(row: TreeRow, scale: Scale, now: int) -> list[Cell]:
    """The cells of ``TIME``."""
    text, tones = bar(row.node, scale, now)
    words = f"{mark(row.node.status).glyph} {name_of(row)}"
    return [
        Cell(words, mark(row.node.status).tone),
        Cell(took(row.node, now)),
        Cell(text, "", tones),
    ]


def name_of(row: TreeRow) -> str:
    """The name of a line, with what shows where it stands and whether more is in it."""
    fold = {None: "", True: "▾ ", False: "▸ "}[row.open]
    return f"{'  ' * row.depth}{fold}{_words(row.node)}"


def _words(node: Node) -> str:
    if node.task is not None:
        return task_name(node.task)
    name = node.site.partition(" ")[2].rpartition(" ")[0]
    count = len(node.children)
    match node.kind:
        case "group":
            return f"{name} ×{count:,}"
        case "loop":
            return f"loop of {count:,} turns"
        case _:
            holder = node.parent
            number = holder.children.index(node) + 1 if holder is not None else 1
            return f"turn {number:,}"


def _tries(task: Task | None) -> Cell:
    if task is None or task.kind != "task" or task.id == BODY:
        return Cell("–" if task is not None else "", "dim")
    tries = sum(1 for one in task.attempts if one.status != AttemptEnd.PARKED)
    of = max(tries, task.policy.retries + 1)
    return Cell(f"{tries}/{of}", "warn" if tries > 1 else "dim")


def took(node: Node, now: int) -> str:
    """How long it ran, or has run until now."""
    task = node.task
    begun = node.started if task is None else task.started
    if begun is None:
        return "–"
    ended = node.finished if task is None else task.finished
    return span((ended if node.is_over and ended is not None else now) - begun)
