"""What the outside may do to the console: the messages that are not a widget's own."""

from __future__ import annotations

from dataclasses import dataclass

from textual.message import Message

from salt_tui.changes import Changes, Link


@dataclass
class StoreChanged(Message):
    """Things are no longer as they were read."""

    changes: Changes


@dataclass
class LinkChanged(Message):
    """The store was lost, or is back."""

    link: Link
