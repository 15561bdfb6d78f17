"""Values as people get them: large ones fetched, the wire's escapes undone (WIRE.md, 4.1)."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from salt_core.blobs import Blobs
from salt_core.errors import ArtifactRejected, NotFound, SaltError

_BLOB = "$blob"


def read_value(text: str, blobs: Blobs) -> Any:
    """The value in JSON ``text``, as the user's function returned it.

    Raises:
        SaltError: It was kept in the blob store, and is not there any more.
        ArtifactRejected: What the blob store has is not what was put there.
    """
    value = json.loads(text)
    if isinstance(value, dict) and _BLOB in value:  # a user's key would have two dollars
        value = json.loads(_fetch(str(value[_BLOB]), blobs))
    return _unescaped(value)


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


def _unescaped(value: Any) -> Any:
    if isinstance(value, dict):
        return {_key(key): _unescaped(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_unescaped(item) for item in value]
    return value


def _key(key: str) -> str:
    return key[1:] if key.startswith("$$") else key
