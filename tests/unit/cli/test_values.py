"""Values from their JSON text: escapes undone, large ones fetched and verified."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from salt_core.blobs.folder import FolderBlobs
from salt_core.cli.values import escaped, read_value, resolved
from salt_core.errors import ArtifactRejected, SaltError


@pytest.fixture
def blobs(tmp_path: Path) -> FolderBlobs:
    return FolderBlobs(tmp_path)


def reference(data: bytes) -> str:
    return json.dumps({"$blob": hashlib.sha256(data).hexdigest(), "size": len(data)})


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1),
        ('{"$$blob": "mine"}', {"$blob": "mine"}),
        ('[{"$$$a": {"$$b": 1}}]', [{"$$a": {"$b": 1}}]),
    ],
)
def test_a_value_in_the_store(blobs: FolderBlobs, text: str, value: object) -> None:
    assert read_value(text, blobs) == value


def test_a_large_value(blobs: FolderBlobs) -> None:
    data = b'{"$$odd": [1, 2]}'
    blobs.put(f"values/{hashlib.sha256(data).hexdigest()}", data)
    assert read_value(reference(data), blobs) == {"$odd": [1, 2]}


def test_a_large_value_that_is_gone_or_changed(blobs: FolderBlobs) -> None:
    with pytest.raises(SaltError, match="not in the blob store any more"):
        read_value(reference(b"1"), blobs)
    blobs.put(f"values/{hashlib.sha256(b'1').hexdigest()}", b"2")
    with pytest.raises(ArtifactRejected, match="was changed"):
        read_value(reference(b"1"), blobs)


def test_a_persons_keys_are_not_taken_for_references(blobs: FolderBlobs) -> None:
    value = {"$blob": "x", "list": [{"$data": 1}], "$$two": None}
    assert read_value(json.dumps(escaped(value)), blobs) == value


def test_only_a_reference_is_resolved(blobs: FolderBlobs) -> None:
    data = '{"text": "é"}'.encode()
    blobs.put(f"values/{hashlib.sha256(data).hexdigest()}", data)
    assert resolved(reference(data), blobs) == data.decode()
    assert resolved('{"$$blob": 1}', blobs) == '{"$$blob": 1}'
