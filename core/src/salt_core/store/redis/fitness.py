"""Whether a Redis can keep Salt's promises: asked by every process at start, and by the doctor.

Version floors: Redis 7.0 and Valkey 7.2. Redis 6.2 opens a newer data folder as an empty one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from redis import exceptions as redis_errors
from redis.asyncio import Redis

from salt_core.errors import UnfitBackend

_FLOOR = {"redis": (7, 0), "valkey": (7, 2)}
_WAITAOF = (7, 2)


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing that is not as it should be, and what to do about it."""

    message: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Fitness:
    """What a server says of itself; ``None`` where its user may not ask.

    Attributes:
        engine: ``redis`` or ``valkey``.
        version: As the engine counts, ``7.0.15``.
        maxmemory: Bytes; 0: no bound.
        appendfsync: ``always``, ``everysec`` or ``no``.
        has_waitaof: Whether ``WAITAOF`` can be asked for.
        run_id: Changes with every start of the server; ``""`` when unknown.
        used_memory: Bytes.
        faults: Each is enough to refuse this server.
        warnings: Salt works, and promises less.
    """

    engine: str
    version: str
    maxmemory: int | None
    maxmemory_policy: str | None
    appendonly: bool | None
    appendfsync: str | None
    has_waitaof: bool
    run_id: str
    used_memory: int | None
    faults: tuple[Remark, ...] = ()
    warnings: tuple[Remark, ...] = ()

    @property
    def name(self) -> str:
        """``Valkey 9.1.2``."""
        return f"{self.engine.capitalize()} {self.version}"


async def inspect(redis: Redis) -> Fitness:
    """Ask the server, and refuse one that would lose work.

    Raises:
        UnfitBackend: It is too old, evicts, or is a replica.
        redis.exceptions.RedisError: It does not answer (see ``connection.translate``).
    """
    fitness = await read(redis)
    if fitness.faults:
        raise UnfitBackend(fitness.faults[0].message, fitness.faults[0].remedy)
    return fitness


async def read(redis: Redis) -> Fitness:
    """What the server says, with its faults listed and not raised: for the doctor."""
    info = await _info(redis)
    engine = "valkey" if "valkey_version" in info else "redis"
    version = str(info.get(f"{engine}_version", "0"))
    told = await _config(redis) if _numbers(version) >= _FLOOR[engine] else {}
    maxmemory = _integer(told.get("maxmemory", info.get("maxmemory")))
    policy = told.get("maxmemory-policy", info.get("maxmemory_policy"))
    aof = told.get("appendonly", info.get("aof_enabled"))
    appendonly = None if aof is None else str(aof) in {"yes", "1"}
    appendfsync = told.get("appendfsync")
    return Fitness(
        engine=engine,
        version=version,
        maxmemory=maxmemory,
        maxmemory_policy=policy,
        appendonly=appendonly,
        appendfsync=appendfsync,
        has_waitaof=_numbers(version) >= _WAITAOF,
        run_id=str(info.get("run_id", "")),
        used_memory=_integer(info.get("used_memory")),
        faults=tuple(_faults(engine, version, maxmemory, policy, str(info.get("role", "")))),
        warnings=tuple(_warnings(maxmemory, policy, appendonly, appendfsync)),
    )


async def _info(redis: Redis) -> dict[str, Any]:
    try:
        info: dict[str, Any] = await redis.info()
    except redis_errors.NoPermissionError:
        # A narrow agent user has no INFO; the greeting still tells engine, version and role.
        pairs = await redis.execute_command("HELLO")  # type: ignore[no-untyped-call]
        hello = {_text(k): _text(v) for k, v in zip(pairs[::2], pairs[1::2], strict=True)}
        engine = "valkey" if hello.get("server") == "valkey" else "redis"
        role = "slave" if hello.get("role") == "replica" else hello.get("role", "")
        return {f"{engine}_version": hello.get("version", "0"), "role": role}
    return info


async def _config(redis: Redis) -> dict[str, str]:
    """Settings of the server; empty where its user may not ask (ACL, managed services)."""
    names = ("maxmemory", "maxmemory-policy", "appendonly", "appendfsync")
    try:
        told = await redis.config_get(*names)
    except redis_errors.ResponseError:
        return {}
    return {_text(key): _text(value) for key, value in told.items()}


def _faults(
    engine: str, version: str, maxmemory: int | None, policy: str | None, role: str
) -> list[Remark]:
    found = []
    floor = _FLOOR[engine]
    if _numbers(version) < floor:
        found.append(
            Remark(
                f"{engine.capitalize()} {version} is too old for Salt.",
                "Use Redis 7.0 or newer, or Valkey 7.2 or newer.",
            )
        )
    if role == "slave":
        found.append(Remark("This Redis is a replica.", "Name the primary in SALT_REDIS_URL."))
    if policy not in {None, "noeviction"} and maxmemory:
        found.append(
            Remark(
                f"This Redis evicts keys when it is full (maxmemory-policy {policy}): "
                "runs would vanish.",
                "Set `maxmemory-policy noeviction`.",
            )
        )
    return found


def _warnings(
    maxmemory: int | None,
    policy: str | None,
    appendonly: bool | None,
    appendfsync: str | None,
) -> list[Remark]:
    found = []
    if policy is None:
        found.append(
            Remark(
                "Whether this Redis evicts keys cannot be seen.",
                "Allow its user INFO, or make sure of `maxmemory-policy noeviction`.",
            )
        )
    elif policy != "noeviction" and not maxmemory:
        found.append(
            Remark(
                f"This Redis would evict keys ({policy}) if maxmemory were set.",
                "Set `maxmemory-policy noeviction`.",
            )
        )
    if appendonly is False:
        found.append(
            Remark(
                "This Redis keeps no append-only file: a crash of the server loses work.",
                "Set `appendonly yes`.",
            )
        )
    elif appendonly is None:
        found.append(
            Remark(
                "Whether this Redis keeps an append-only file cannot be seen.",
                "Allow its user INFO, or make sure of `appendonly yes`.",
            )
        )
    elif appendfsync == "no":
        found.append(
            Remark(
                "This Redis leaves it to the kernel when writes reach the disk (appendfsync no).",
                "Set `appendfsync everysec` or `always`.",
            )
        )
    return found


def _numbers(version: str) -> tuple[int, int]:
    parts = [int(part) if part.isdigit() else 0 for part in version.split(".")[:2]]
    return (parts[0], parts[1] if len(parts) > 1 else 0)


def _integer(value: object) -> int | None:
    return None if value is None else int(str(value))


def _text(value: object) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
