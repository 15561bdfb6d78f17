"""The least that a Textual application can be: what the console's start is measured against."""

from __future__ import annotations

from textual.app import App, ComposeResult
from textual.widgets import Static


class Bare(App[None]):
    def compose(self) -> ComposeResult:
        yield Static("bare and painted")


if __name__ == "__main__":
    Bare().run()
