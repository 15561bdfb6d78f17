"""Connections to Redis that keep Salt's promises, and its errors as sentences.

redis-py's defaults are wrong for Salt: its retry sends a command again whose reply was lost, and
its socket timeout cuts blocking reads. Here nothing is sent twice behind the caller's back; every
script may be repeated, and who repeats it decides so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from redis import exceptions as redis_errors
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from salt_core.errors import BadInput, Refused, SaltError, UnfitBackend, Unreachable

ANSWER_S = 5.0
"""Longest wait for one reply on a connection that does not block."""
CONNECT_S = 3.0

_USER_PASSWORD = re.compile(r"(?<=://)([^:@/?]*):[^@/?]*@")
_ADDRESS = re.compile(r"^Error (-?\d+ )?connecting to \S+\. ")
_QUERY_PASSWORD = re.compile(r"(?<=password=)[^&]*")


def connect(url: str, *, blocking: bool = False, name: str | None = None) -> Redis:
    """A client for ``redis://``, ``rediss://`` or ``unix://``; it connects with its first command.

    Replies are bytes. Close it with ``aclose()``.

    Args:
        blocking: For commands that wait on the server: no limit on the wait for a reply. The
            server's own timeout in the command ends it; TCP keepalive notices a dead peer.
        name: What the server's client list calls the connections.

    Raises:
        BadInput: The URL cannot be used.
    """
    try:
        client: Redis = Redis.from_url(
            url,
            decode_responses=False,
            protocol=2,
            retry=Retry(NoBackoff(), 0),
            retry_on_error=[],
            socket_timeout=None if blocking else ANSWER_S,
            socket_connect_timeout=CONNECT_S,
            health_check_interval=0,
            client_name=name,
            **({} if url.startswith("unix:") else {"socket_keepalive": True}),
        )
    except (ValueError, TypeError) as error:
        raise BadInput(
            f"{hide_password(url)} is not a Redis URL: {error}.",
            "Use redis://[user:password@]host:port/db, rediss://… or unix:///path.",
            key="SALT_REDIS_URL",
        ) from error
    return client


def hide_password(url: str) -> str:
    """``url`` as people may see it."""
    return _QUERY_PASSWORD.sub("***", _USER_PASSWORD.sub(r"\1:***@", url))


@contextmanager
def translate(url: str) -> Iterator[None]:
    """Turn redis-py's errors inside the block into Salt's; ``url`` names the server.

    Only what is known to be no fault of Salt's is turned; a wrong command stays what it is.

    Raises:
        Unreachable: It does not answer, or cannot take writes now: another try may help.
        Refused: It has no memory left.
        UnfitBackend: The user may not do what Salt needs.
    """
    try:
        yield
    except (redis_errors.RedisError, OSError) as error:
        told = _as_salt_error(error, f"Redis at {hide_password(url)}", url)
        if told is None:
            raise
        raise told from error


def _as_salt_error(error: Exception, who: str, url: str) -> SaltError | None:
    here = url.startswith("unix:")
    remedy = (
        "Start it with `salt up`, or check SALT_REDIS_URL."
        if here
        else "Check SALT_REDIS_URL, and that the server runs."
    )
    if error.args and isinstance(error.args[0], redis_errors.RedisError):
        error = error.args[0]  # what broke the greeting, wrapped by redis-py
    reason = _ADDRESS.sub("", str(error)).rstrip(".") or type(error).__name__
    match error:
        case redis_errors.BusyLoadingError():
            return Unreachable(f"{who} is still loading its data.", "Try again in a moment.")
        case (
            redis_errors.AuthenticationError()
            | redis_errors.AuthorizationError()
            | redis_errors.AuthenticationWrongNumberOfArgsError()
        ):
            return Unreachable(
                f"{who} refuses the user or the password ({reason}).",
                "Correct them in SALT_REDIS_URL.",
            )
        case redis_errors.TimeoutError():
            return Unreachable(f"{who} does not answer in time.", remedy)
        case redis_errors.ConnectionError() | OSError():
            return Unreachable(f"{who} cannot be reached: {reason}.", remedy)
        case redis_errors.OutOfMemoryError():
            return Refused(
                f"{who} has no memory left for new work.",
                "Raise its maxmemory, or let finished runs expire sooner.",
            )
        case redis_errors.NoPermissionError():
            return UnfitBackend(
                f"{who} forbids its user what Salt needs ({reason}).", "Extend that user's ACL."
            )
        case redis_errors.ReadOnlyError():
            return Unreachable(
                f"{who} is a replica, and takes no writes.", "Name the primary in SALT_REDIS_URL."
            )
        case redis_errors.ClusterDownError() | redis_errors.TryAgainError():
            return Unreachable(f"{who} is not whole now ({reason}).", "Try again in a moment.")
        case redis_errors.ResponseError() if reason.startswith(("MISCONF", "NOREPLICAS")):
            return Unreachable(
                f"{who} cannot make writes safe ({reason}).",
                "Free space on its disk." if "MISCONF" in reason else "Bring its replicas back.",
            )
        case redis_errors.ResponseError() if reason.startswith("BUSY "):
            return Unreachable(f"{who} is busy with a long script.", "Try again in a moment.")
        case redis_errors.ResponseError() if reason.startswith(("NOAUTH", "WRONGPASS")):
            return Unreachable(f"{who} wants a password.", "Give it in SALT_REDIS_URL.")
        case _:
            return None
