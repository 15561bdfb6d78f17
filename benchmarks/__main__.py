"""``python -m benchmarks [NAME…]``: those, or all of them, as one JSON document."""

from __future__ import annotations

import asyncio
import json
import sys

from benchmarks import edit_loop, main_job, scaling, turns

_ALL = {
    "main_job": main_job.measure,
    "edit_loop": edit_loop.measure,
    "scaling": scaling.measure,
    "turns": turns.measure,
}

chosen = sys.argv[1:] or list(_ALL)
print(json.dumps({name: asyncio.run(_ALL[name]()) for name in chosen}, indent=2))
