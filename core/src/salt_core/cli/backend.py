"""``salt up``, ``down``, ``status`` and ``doctor``: the backend, and what is wrong with it."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from salt_core.cli.output import print_json, run_async, say, warn
from salt_core.cli.words import size
from salt_core.config import Config, load

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


def up(as_json: Json = False) -> None:
    """Start the embedded backend; where a server is named, make sure that it answers."""
    config = load()
    record = run_async(_up(config))
    if as_json:
        print_json(record)
        return
    what = f"{record['engine']} {record['version']}"
    if not config.embedded:
        say(f"{what} answers at {record['url']}.")
    else:
        state = "started" if record["started"] else "runs already"
        say(f"The embedded {what} {state}: {record['url']}, data in {record['data']}.")


def down(as_json: Json = False) -> None:
    """Stop the embedded backend. Its data stays; the next command that needs it starts it."""
    from salt_core.embedded import roles, stop

    config = load()
    using = roles(config)
    stopped = stop(config)
    if using:
        warn(f"It was in use ({', '.join(using)}); those wait until it is back.")
    if as_json:
        print_json({"stopped": stopped, "data": str(config.home / "redis")})
    elif stopped:
        say(f"The embedded backend is stopped; its data stays in {config.home / 'redis'}.")
    else:
        say("No embedded backend runs.")
    if not config.embedded:
        warn("SALT_REDIS_URL names another backend, which Salt does not stop.")


def status(as_json: Json = False) -> None:
    """Say what backend is used and how it is. Starts none."""
    config = load()
    record = run_async(_status(config))
    if as_json:
        print_json(record)
        return
    for label, text in _status_lines(record):
        say(f"{label + ':':<11} {text}")
    for warning in record["warnings"]:
        warn(f"Warning: {warning}")


def doctor(as_json: Json = False) -> None:
    """Look for what is wrong, and say the cure. Exit code 1: something is; 3: no backend."""
    from salt_core.cli.checks import Level, examine

    found = run_async(examine(load()))
    if as_json:
        print_json([check.record() for check in found])
    else:
        for check in found:
            remedy = f" {check.remedy}" if check.remedy else ""
            say(f"{check.level:<4}  {check.name:<13}  {check.message}{remedy}")
    if any(check.unreachable for check in found):
        raise typer.Exit(3)
    if any(check.level is Level.BAD for check in found):
        raise typer.Exit(1)


async def _up(config: Config) -> dict[str, Any]:
    from salt_core.embedded import running
    from salt_core.store.redis import open_store
    from salt_core.store.redis.connection import hide_password

    before = running(config) if config.embedded else None
    store = await open_store(config)
    await store.close()
    record: dict[str, Any] = {
        "url": hide_password(store.url),
        "embedded": config.embedded,
        "started": config.embedded and before is None,
        "engine": _title(store.fitness.engine) if store.fitness else "",
        "version": store.fitness.version if store.fitness else "",
    }
    if config.embedded:
        found = running(config)
        record |= {"data": str(config.home / "redis"), "pid": found.pid if found else None}
    return record


async def _status(config: Config) -> dict[str, Any]:
    from salt_core.embedded import running

    record: dict[str, Any] = {"backend": "embedded" if config.embedded else "named"}
    blobs = _blob_place(config)
    if config.embedded:
        found = running(config)
        record |= {"running": found is not None, "data": str(config.home / "redis")}
        if found is None:
            return record | {"blobs": blobs, "warnings": []}
        record |= {"pid": found.pid, "uptime_s": found.uptime_s}
    return record | await _ask(config) | {"blobs": blobs}


async def _ask(config: Config) -> dict[str, Any]:
    from salt_core.store.redis import open_store
    from salt_core.store.redis.connection import hide_password

    store = await open_store(config)
    try:
        fitness = store.fitness
        assert fitness is not None
        return {
            "running": True,
            "url": hide_password(store.url),
            "engine": _title(fitness.engine),
            "version": fitness.version,
            "memory": fitness.used_memory,
            "maxmemory": fitness.maxmemory,
            "appendonly": fitness.appendonly,
            "appendfsync": fitness.appendfsync,
            "queues": await store.queue_depths(),
            "agents": [agent.id for agent in await store.agents()],
            "leader": await store.leader(),
            "warnings": [f"{remark.message} {remark.remedy}" for remark in fitness.warnings],
        }
    finally:
        await store.close()


def _status_lines(record: dict[str, Any]) -> list[tuple[str, str]]:
    lines = []
    if not record["running"]:
        lines = [("backend", "embedded, not running; the next command that needs it starts it")]
    else:
        server = f"{record['engine']} {record['version']} at {record['url']}"
        lines.append(("backend", f"{record['backend']}, {server}"))
        if "pid" in record:
            lines.append(("process", f"{record['pid']}, up for {record['uptime_s']} s"))
    if "data" in record:
        lines.append(("data", record["data"]))
    lines.append(("blobs", record["blobs"]))
    if record["running"]:
        bound = f" of {size(record['maxmemory'])}" if record["maxmemory"] else ""
        memory = "unknown" if record["memory"] is None else size(record["memory"]) + bound
        queues = [f"{name} {count}" for name, count in sorted(record["queues"].items()) if count]
        lines += [
            ("memory", memory),
            ("durability", _durability(record)),
            ("queues", ", ".join(queues) or "empty"),
            ("agents", ", ".join(record["agents"]) or "none is up"),
            ("host", f"{record['leader']} leads" if record["leader"] else "none leads"),
        ]
    return lines


def _durability(record: dict[str, Any]) -> str:
    if record["appendonly"] is None:
        return "cannot be seen"
    if not record["appendonly"]:
        return "none: no append-only file"
    return f"append-only file, fsync {record['appendfsync'] or 'cannot be seen'}"


def _blob_place(config: Config) -> str:
    if config.s3_url is None:
        return f"folder {config.home / 'blobs'}"
    scheme, _, rest = config.s3_url.partition("://")
    at = f" at {config.s3_endpoint}" if config.s3_endpoint else ""
    return f"{scheme}://{rest.rpartition('@')[2]}{at}"


def _title(engine: str) -> str:
    return engine.capitalize()
