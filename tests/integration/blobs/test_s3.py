"""What only an S3 can do wrong, on a real one."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.servers.ceph import CephS3
from tests.servers.processes import free_ports

from salt_core.blobs import open_blobs
from salt_core.blobs.s3 import Place, S3Blobs
from salt_core.config import Config
from salt_core.errors import BadInput, Unreachable


def test_conditional_put_is_found(s3_url: str) -> None:
    assert "with conditional put" in S3Blobs.from_url(s3_url, None).check()


def test_bucket_url_with_keys_of_the_environment(
    s3: CephS3, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", s3.key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", s3.secret)
    named = {"s3_url": f"s3://{s3.bucket}/by-name", "s3_endpoint": s3.endpoint}
    blobs = open_blobs(config.model_copy(update=named))
    blobs.put("key", b"x")
    listed = s3.client().list_objects_v2(Bucket=s3.bucket, Prefix="by-name/")
    assert [found["Key"] for found in listed["Contents"]] == ["by-name/key"]


def test_prefixes_do_not_see_each_other(s3: CephS3, s3_url: str) -> None:
    one, other = (S3Blobs.from_url(f"{s3_url}/{name}", None) for name in ("one", "other"))
    one.put("key", b"1")
    assert list(one.list("")) == ["key"]
    assert list(other.list("")) == []


def test_a_wrong_secret(s3: CephS3) -> None:
    blobs = S3Blobs(Place(s3.bucket, "", s3.endpoint, s3.key, "wrong"))
    with pytest.raises(Unreachable, match="refuses the keys") as caught:
        blobs.put("key", b"x")
    assert "wrong" not in str(caught.value)


def test_a_file_that_is_refused_is_told_like_anything_else(s3: CephS3, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x")
    blobs = S3Blobs(Place(s3.bucket, "", s3.endpoint, s3.key, "wrong"))
    with pytest.raises(Unreachable, match="refuses the keys"):
        blobs.put_file("key", tmp_path / "file")


def test_no_keys_at_all(s3: CephS3) -> None:
    with pytest.raises(Unreachable, match="credentials"):
        S3Blobs(Place(s3.bucket, "", s3.endpoint)).put("key", b"x")


def test_no_such_bucket(s3: CephS3) -> None:
    blobs = S3Blobs(Place("no-such", "", s3.endpoint, s3.key, s3.secret))
    with pytest.raises(Unreachable, match=r"There is no bucket for s3://no-such at http"):
        blobs.put("key", b"x")


def test_nobody_listens() -> None:
    (port,) = free_ports(1)
    blobs = S3Blobs.from_url(f"http://key:secret@127.0.0.1:{port}/bucket", None)
    with pytest.raises(Unreachable, match="cannot be reached") as caught:
        blobs.get("key")
    assert "secret" not in str(caught.value)


@contextmanager
def answering(reply: bytes) -> Iterator[str]:
    """A server that answers each connection's first request with ``reply``, and hangs up."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while True:
                try:
                    link, _ = listener.accept()
                except OSError:
                    return
                with link:
                    link.recv(65536)
                    link.sendall(reply)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://key:secret@127.0.0.1:{listener.getsockname()[1]}/bucket"
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(5)


def test_a_body_that_breaks_off_is_asked_for_again() -> None:
    """The header promises ten bytes, and four come."""
    reply = b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfour"
    with answering(reply) as url, pytest.raises(Unreachable, match="cannot be reached"):
        S3Blobs.from_url(url, None).get("key")


def test_a_store_without_conditions() -> None:
    """501 to If-None-Match: the store is asked whether the object exists instead."""
    reply = b"HTTP/1.1 501 Not Implemented\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    with answering(reply) as url, pytest.raises(Unreachable, match="501"):
        S3Blobs.from_url(url, None).put_new("key", b"x")


@pytest.mark.parametrize("url", ["bucket", "s3://", "http://host:1/", "ftp://host/bucket", ""])
def test_a_url_that_is_none(url: str) -> None:
    with pytest.raises(BadInput, match="not the URL of an S3 bucket"):
        S3Blobs.from_url(url, None)


def test_opening_loads_no_boto3() -> None:
    code = (
        "import sys; from salt_core.blobs.s3 import S3Blobs\n"
        "S3Blobs.from_url('s3://bucket', None)\n"
        "sys.exit('boto3' in sys.modules or 'botocore' in sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
