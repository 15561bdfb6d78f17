"""The view of one run."""

from salt_tui.screens.run.view import RunView

__all__ = ["RunView"]
