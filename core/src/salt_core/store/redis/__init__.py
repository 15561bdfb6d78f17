"""The store, on Redis 7 or Valkey 7.2 and newer."""

from __future__ import annotations

import asyncio

from salt_core.config import Config
from salt_core.store.redis.connection import connect, translate
from salt_core.store.redis.deeds import DeedPart
from salt_core.store.redis.finding import FindingPart
from salt_core.store.redis.fitness import Fitness, inspect
from salt_core.store.redis.hosts import HostPart
from salt_core.store.redis.logs import LogPart
from salt_core.store.redis.registering import RegistryPart
from salt_core.store.redis.runs import RunPart
from salt_core.store.redis.sharing import SharingPart
from salt_core.store.redis.waits import WaitPart
from salt_core.store.redis.waking import WakePart

__all__ = ["RedisStore", "open_store"]


class RedisStore(
    RunPart,
    WakePart,
    LogPart,
    HostPart,
    RegistryPart,
    SharingPart,
    FindingPart,
    WaitPart,
    DeedPart,
):
    """All verbs of ``salt_core.store.Store``.

    Attributes:
        fitness: What the server said of itself when the store was opened; its warnings are for
            hosts to tell.
    """

    fitness: Fitness | None = None


async def open_store(config: Config, *, role: str = "cli") -> RedisStore:
    """The store that ``config`` names; the embedded server is started when it is the default.

    Args:
        role: ``agent``, ``host``, ``ui`` or ``cli``: shown in the server's client list.

    Raises:
        Unreachable: It does not answer.
        UnfitBackend: It would lose work: it evicts, or is too old.
    """
    url = config.redis_url
    if url is None:
        from salt_core.embedded import ensure

        url = await asyncio.to_thread(ensure, config)
    client = connect(url)
    try:
        with translate(url):
            fitness = await inspect(client)
    finally:
        await client.aclose()
    # A file that is written before each answer needs no waiting for.
    durable = fitness.has_waitaof and fitness.appendonly is True and fitness.appendfsync != "always"
    store = RedisStore(url, config.namespace, durable=durable, name=f"salt-{role}")
    store.fitness = fitness
    return store
