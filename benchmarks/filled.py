"""A store with very many runs and workflows, made by the scripts that make them otherwise."""

from __future__ import annotations

import json

from salt_core.model.run import NewRun
from salt_core.model.task import Policy
from salt_core.model.workflow import Artifact, Version
from salt_core.store.redis import RedisStore
from salt_core.store.redis.runs import new_run_arguments
from salt_core.store.redis.scripts import load

QUEUE = "bench"
"""Which no agent serves: a console starts one for the default queue."""
_BATCH = 1000


def run_id(number: int) -> str:
    return f"01bench{number:09}"


async def fill_runs(store: RedisStore, count: int, workflows: int) -> None:
    """``count`` queued runs, spread over ``workflows``."""
    script = load("create_run")
    await store._redis.script_load(script.text)
    for begin in range(0, count, _BATCH):
        async with store._redis.pipeline(transaction=False) as pipe:
            for number in range(begin, min(begin + _BATCH, count)):
                params = json.dumps({"number": number})
                name = f"wf{number % workflows:03}"
                new = NewRun(run_id(number), name, "3f2a9c1b77aa", params, Policy(queue=QUEUE))
                pipe.evalsha(script.sha, 1, store.keys.prefix, *new_run_arguments(new))
            await pipe.execute()


async def fill_workflows(store: RedisStore, count: int) -> None:
    """``count`` workflows, each with a version that nobody can fetch."""
    for number in range(count):
        name = f"wf{number:03}"
        artifact = Artifact("pex", "3f2a9c1b77aa" + "0" * 52, 8_400_000, ">=3.11", "any", ())
        described = {"workflows": [{"name": name, "params": {}}], "default": name}
        version = Version(name, "3f2a9c1b77aa", artifact, described, 0, f"/home/ada/{name}")
        await store.register(version, {})


async def cancel_some(store: RedisStore, every: int, count: int) -> int:
    """Cancel each ``every``-th of the runs; how many those are."""
    numbers = range(0, count, every)
    for number in numbers:
        await store.cancel(run_id(number))
    return len(numbers)
