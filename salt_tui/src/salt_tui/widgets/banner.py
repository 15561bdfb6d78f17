"""One line across the screen while the store does not answer."""

from __future__ import annotations

from datetime import tzinfo

from textual.content import Content
from textual.widgets import Static

from salt_tui.changes import Link
from salt_tui.text import plain
from salt_tui.times import moment


class Banner(Static):
    """Hidden while all is well."""

    def tell(self, link: Link, zone: tzinfo | None) -> None:
        """Show or hide what is wrong with the link to the store."""
        self.set_class(not link.up, "-shown")
        if not link.up:
            since = moment(link.since, link.since, zone)
            self.update(
                Content(f" ✗ {plain(link.problem)}\n   Nothing new since {since}; trying again.")
            )
