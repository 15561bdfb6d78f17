"""Fetching from a real HTTP server that misbehaves."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from salt_core.builders.lock import Pinned
from salt_core.builders.target import Target
from salt_core.builders.wheels import wheels_of
from salt_core.errors import BuildFailed

DATA = b"the bytes of a wheel"
SEAL = hashlib.sha256(DATA).hexdigest()
TARGET = Target("python", {"python_version": "3.11"}, ("py3-none-any",))


class Index(ThreadingHTTPServer):
    """Answers with ``statuses`` one after the other, then with 200."""

    statuses: list[int]
    seen: list[str | None]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/x-1-py3-none-any.whl"


class Handler(BaseHTTPRequestHandler):
    server: Index

    def do_GET(self) -> None:
        self.server.seen.append(self.headers.get("Authorization"))
        status = self.server.statuses.pop(0) if self.server.statuses else 200
        self.send_response(status)
        self.send_header("Content-Length", str(len(DATA)))
        self.end_headers()
        self.wfile.write(DATA)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing on stderr."""


@pytest.fixture
def index(monkeypatch: pytest.MonkeyPatch) -> Iterator[Index]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setenv("NETRC", "/dev/null")
    server = Index(("127.0.0.1", 0), Handler)
    server.statuses, server.seen = [], []
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def fetch(url: str, cache: Path, seal: str = SEAL) -> Path:
    (wheel,) = wheels_of([Pinned("x", "1", "wheel", url, seal)], TARGET, cache, lambda line: None)
    return wheel.path


def test_a_wheel_is_fetched_once(index: Index, tmp_path: Path) -> None:
    assert fetch(index.url, tmp_path).read_bytes() == DATA
    assert fetch(index.url, tmp_path).name == "x-1-py3-none-any.whl"
    assert len(index.seen) == 1


def test_a_server_in_trouble_is_asked_again(index: Index, tmp_path: Path) -> None:
    index.statuses = [503, 500]
    assert fetch(index.url, tmp_path).read_bytes() == DATA


@pytest.mark.parametrize(
    ("statuses", "words"),
    [([404], "answers HTTP 404"), ([401], "netrc"), ([500] * 3, "answers HTTP 500")],
)
def test_an_index_that_refuses_is_named(
    index: Index, tmp_path: Path, statuses: list[int], words: str
) -> None:
    index.statuses = statuses
    with pytest.raises(BuildFailed, match=words) as caught:
        fetch(index.url, tmp_path)
    assert index.url in str(caught.value)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_other_bytes_than_those_locked_are_refused(index: Index, tmp_path: Path) -> None:
    with pytest.raises(BuildFailed, match=r"uv\.lock says"):
        fetch(index.url, tmp_path, "ab" * 32)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_credentials_of_a_url_are_sent_and_not_shown(index: Index, tmp_path: Path) -> None:
    index.statuses = [404]
    with pytest.raises(BuildFailed) as caught:
        fetch(index.url.replace("127", "me:secret@127"), tmp_path)
    assert index.seen == ["Basic " + b64encode(b"me:secret").decode()]
    assert "secret" not in str(caught.value)


def test_an_index_that_does_not_answer_is_named(index: Index, tmp_path: Path) -> None:
    url = index.url.replace(str(index.server_port), "1")
    with pytest.raises(BuildFailed, match="cannot be fetched"):
        fetch(url, tmp_path)


def test_a_file_is_taken_from_its_folder(tmp_path: Path) -> None:
    wheel = tmp_path / "x-1-py3-none-any.whl"
    wheel.write_bytes(DATA)
    assert fetch(str(wheel), tmp_path / "cache").read_bytes() == DATA
    with pytest.raises(BuildFailed, match="there is no file"):
        fetch(str(tmp_path / "absent.whl"), tmp_path / "cache")
