"""What is looked for in a log: words or a pattern, levels, tasks."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from salt_tui.loglevels import DEBUG


@dataclass(frozen=True, slots=True)
class LogQuery:
    """Which lines are meant: those for which all of this holds.

    Attributes:
        text: What the line has; ``""``: anything.
        regex: ``text`` is a regular expression.
        level: The least level (``loglevels``).
        stream: ``o`` or ``e``; ``""``: both.
        sources: Logs by their numbers; ``None``: all.
    """

    text: str = ""
    regex: bool = False
    level: int = DEBUG
    stream: str = ""
    sources: tuple[int, ...] | None = None

    def __bool__(self) -> bool:
        """Whether it leaves anything out."""
        return bool(self.text or self.level or self.stream or self.sources is not None)

    @property
    def ignores_case(self) -> bool:
        """A capital letter in what is looked for means that letters are meant as written."""
        return self.text == self.text.lower()

    def as_record(self) -> dict[str, object]:
        """As the scanner takes it."""
        return {**asdict(self), "ignore_case": self.ignores_case}
