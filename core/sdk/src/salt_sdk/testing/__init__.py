"""Test workflows in process: time that skips, tasks replaced by values, events and answers given.

    from salt_sdk.testing import Reject, run_schedule, simulate

    def test_nightly() -> None:
        with simulate(replace={extract: ["a", "b"]}, approvals={"publish": {}}) as sim:
            assert nightly(date(2026, 1, 1)) == 2
        assert [call.name for call in sim.calls] == ["extract", "count", "count"]

Plain pytest, no plugin. A run that sleeps for a month takes no time.
"""

from __future__ import annotations

from salt_sdk.testing._schedule import run_schedule
from salt_sdk.testing._simulation import Called, Reject, Simulation, simulate

__all__ = ["Called", "Reject", "Simulation", "run_schedule", "simulate"]
