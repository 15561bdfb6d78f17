"""Values as people get them: large ones fetched, the wire's escapes undone (WIRE.md, 4.1)."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from salt_core.blobs import Blobs
from salt_core.errors import ArtifactRejected, NotFound, SaltError

_BLOB = "$blob"
_REFERS = '{"$blob":'


def read_value(text: str, blobs: Blobs) -> Any:
    """The value in JSON ``text``, as the user's function returned it.

    Raises:
        SaltError: It was kept in the blob store, and is not there any more.
        ArtifactRejected: What the blob store has is not what was put there.
    """
    return _unescaped(json.loads(resolved(text, blobs)))


def resolved(text: str, blobs: Blobs) -> str:
    """The JSON text itself where ``text`` refers to it: large values are kept in the blob store.

    Raises:
        SaltError: It is not there any more.
        ArtifactRejected: What the blob store has is not what was put there.
    """
    if not text.startswith(_REFERS):  # a user's key would have two dollars
        return text
    value = json.loads(text)
    return _fetch(str(value[_BLOB]), blobs).decode("utf-8", "surrogatepass")


def _fetch(digest: str, blobs: Blobs) -> bytes:
    try:
        data = blobs.get(f"values/{digest}")
    except NotFound as error:
        raise SaltError(
            f"The value {digest[:12]}… is not in the blob store any more.",
            "Check SALT_S3_URL: it must be the one that the agent uses.",
        ) from error
    if hashlib.sha256(data).hexdigest() != digest:
        raise ArtifactRejected(f"The value {digest[:12]}… in the blob store was changed.")
    return data


def escaped(value: Any) -> Any:
    """A person's value as user code gets it: a key that begins with ``$`` has one ``$`` more."""
    if isinstance(value, dict):
        return {_dollar(key): escaped(item) for key, item in value.items()}
    if isinstance(value, list):
        return [escaped(item) for item in value]
    return value


def _unescaped(value: Any) -> Any:
    if isinstance(value, dict):
        return {_key(key): _unescaped(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_unescaped(item) for item in value]
    return value


def _key(key: str) -> str:
    return key[1:] if key.startswith("$$") else key


def _dollar(key: str) -> str:
    return f"${key}" if key.startswith("$") else key
