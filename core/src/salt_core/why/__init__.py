"""Why a run or a task is not further than it is: one true line from facts, for any state."""

from salt_core.why.facts import Facts
from salt_core.why.saying import Reason, explain, past

__all__ = ["Facts", "Reason", "explain", "past"]
