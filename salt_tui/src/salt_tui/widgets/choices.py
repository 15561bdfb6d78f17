"""The keys of a dialog in one line, each to press or to click on."""

from __future__ import annotations

from textual.content import Content
from textual.style import Style
from textual.widgets import Static


class Choices(Static):
    """Each choice is a key, what it does, and the action that a click does."""

    def __init__(self, *choices: tuple[str, str, str]) -> None:
        parts: list[Content] = []
        for key, words, action in choices:
            click = Style.from_meta({"@click": action})
            label = Content.assemble((f" {key} ", "bold $accent"), words)
            parts += [label.stylize(click), Content("   ")]
        super().__init__(Content.assemble(*parts), classes="choices")
