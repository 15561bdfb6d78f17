"""What all parts of the store on Redis share: connections, keys, and calling a script."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from redis import exceptions as redis_errors

from salt_core.store.redis.connection import connect, translate
from salt_core.store.redis.keys import Keys
from salt_core.store.redis.scripts import Script, load

Argument = str | int | float | bytes


class RedisBase:
    """One client for commands, one for those that wait; both make connections as needed."""

    def __init__(
        self,
        url: str,
        namespace: str = "main",
        *,
        durable: bool = False,
        name: str | None = None,
        script: Callable[[str], Script] = load,
    ) -> None:
        """
        Args:
            durable: Ask the server for ``WAITAOF`` where durability is promised: it has it, and
                does not write its file before it answers.
            name: What the server's client list calls this process.
            script: Where scripts come from; tests give one whose clock they move.
        """
        self.url = url
        self.keys = Keys(namespace)
        # redis-py's annotations mix text with bytes and sync with async; here replies are bytes.
        self._redis: Any = connect(url, name=name)
        self._blocking: Any = connect(url, blocking=True, name=name)
        self._durable = durable
        self._script = script

    async def close(self) -> None:
        await self._redis.aclose()
        await self._blocking.aclose()

    async def ping(self) -> int:
        with translate(self.url):
            seconds, micros = await self._redis.time()
        return int(seconds) * 1000 + int(micros) // 1000

    async def _call(self, verb: str, *args: Argument) -> Any:
        """Run a verb's script. It may be called again after any error: scripts repeat safely."""
        script = self._script(verb)
        with translate(self.url):
            try:
                return await self._redis.evalsha(script.sha, 1, self.keys.prefix, *args)
            except redis_errors.NoScriptError:
                return await self._redis.eval(script.text, 1, self.keys.prefix, *args)

    async def _call_durably(self, verb: str, *args: Argument) -> Any:
        """As ``_call``, and on disk when it returns, as far as this server can promise that."""
        if not self._durable:
            return await self._call(verb, *args)
        script = self._script(verb)
        with translate(self.url):
            # One connection: WAITAOF speaks of the writes of the connection that asks.
            async with self._redis.pipeline(transaction=False) as pipe:
                pipe.eval(script.text, 1, self.keys.prefix, *args)
                pipe.execute_command("WAITAOF", 1, 0, 2000)
                reply, _ = await pipe.execute()
            return reply

    async def _hashes(self, keys: Sequence[str]) -> list[dict[str, str]]:
        """Many hashes in one round trip; ``{}`` for those that are not there."""
        if not keys:
            return []
        with translate(self.url):
            async with self._redis.pipeline(transaction=False) as pipe:
                for key in keys:
                    pipe.hgetall(key)
                found = await pipe.execute()
        return [text_map(one) for one in found]


def text(value: bytes | str | None) -> str:
    """A reply as text; ``""`` for none."""
    if value is None:
        return ""
    return value if isinstance(value, str) else value.decode("utf-8", "surrogateescape")


def text_map(found: dict[bytes, bytes]) -> dict[str, str]:
    """A hash as text."""
    return {text(name): text(value) for name, value in found.items()}
