"""``python -m benchmarks``: all of them, as one JSON document."""

from __future__ import annotations

import asyncio
import json

from benchmarks import main_job

print(json.dumps({"main_job": asyncio.run(main_job.measure())}, indent=2))
