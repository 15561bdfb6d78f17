"""``make chaos``: the long storm, its score as JSON, exit code 1 when a promise was broken."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys

from tests.chaos.storm import Plan, rage, verdict


def main() -> int:
    parser = argparse.ArgumentParser(prog="make chaos ARGS=…")
    parser.add_argument("--tasks", type=int, default=2000)
    parser.add_argument("--runs", type=int, default=4)
    parser.add_argument("--agent-kills", type=int, default=40)
    parser.add_argument("--agent-stops", type=int, default=10)
    parser.add_argument("--redis-kills", type=int, default=3)
    parser.add_argument("--host-kills", type=int, default=5)
    parser.add_argument("--lines", type=int, default=200_000)
    parser.add_argument("--lease-s", type=float, default=2.0)
    parser.add_argument("--seed", type=int, default=1)
    plan = Plan(**vars(parser.parse_args()))
    score = asyncio.run(rage(plan))
    print(json.dumps(score, indent=2))
    broken = verdict(score, plan)
    for sentence in broken:
        print(sentence, file=sys.stderr)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
