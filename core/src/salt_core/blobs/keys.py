"""What a key may look like: it becomes an object's name and a path."""

from __future__ import annotations

import re

_SEGMENT = re.compile(r"[A-Za-z0-9_@=+~-][A-Za-z0-9._@=+~-]*")
KEY_BYTES = 512


def check_key(key: str) -> str:
    """``key`` itself, when it is one.

    Raises:
        ValueError: Empty, too long, or with a segment that is empty, starts with a dot, or
            holds a character that some file system or S3 would not keep.
    """
    if len(key) > KEY_BYTES or not all(map(_SEGMENT.fullmatch, key.split("/"))):
        raise ValueError(f"{key!r} cannot be a blob's key")
    return key
