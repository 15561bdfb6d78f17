"""``make chaos``: the long storms, their scores as JSON, exit code 1 when a promise was broken.

First thousands of short tasks; then one task whose log has 200,000 lines, struck by the same kinds
of faults, but seldom enough for a task of this length to end at all; then 200 workflow functions of
all shapes, whose agents are killed 100 times.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys

from tests.chaos.durable import DurablePlan, broken_promises, endure
from tests.chaos.storm import Plan, rage, verdict


def main() -> int:
    parser = argparse.ArgumentParser(prog="make chaos ARGS=…")
    parser.add_argument("--tasks", type=int, default=2000, help="0: no storm on tasks")
    parser.add_argument("--runs", type=int, default=4)
    parser.add_argument("--agent-kills", type=int, default=40)
    parser.add_argument("--agent-stops", type=int, default=10)
    parser.add_argument("--redis-kills", type=int, default=3)
    parser.add_argument("--host-kills", type=int, default=5)
    parser.add_argument("--lease-s", type=float, default=2.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--lines", type=int, default=200_000, help="0: no storm on a log")
    parser.add_argument("--durable-runs", type=int, default=200, help="0: no storm on functions")
    parser.add_argument("--durable-kills", type=int, default=100)
    asked = vars(parser.parse_args())
    lines, runs, kills = (asked.pop(name) for name in ("lines", "durable_runs", "durable_kills"))
    plans = [Plan(**asked)] if asked["tasks"] else []
    if lines:
        few = {"tasks": 40, "runs": 1, "lines": lines, "agent_kills": 4, "agent_stops": 4}
        plans.append(Plan(**{**asked, **few}))
    broken = []
    for plan in plans:
        score = asyncio.run(rage(plan))
        print(json.dumps(score, indent=2), flush=True)
        broken += verdict(score, plan)
    if runs:
        durable = DurablePlan(runs, kills, lease_s=asked["lease_s"], seed=asked["seed"])
        endured = asyncio.run(endure(durable))
        print(json.dumps(endured, indent=2), flush=True)
        broken += broken_promises(endured, durable)
    for sentence in broken:
        print(sentence, file=sys.stderr)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
