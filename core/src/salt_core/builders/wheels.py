"""The files of a resolution as wheels on this machine: fetched side by side, verified, or built."""

from __future__ import annotations

import hashlib
import netrc
import re
import shutil
import tempfile
import time
import urllib.error
import urllib.request
from base64 import b64encode
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

from salt_core.artifacts.disk import unwritable
from salt_core.builders.files import replacing
from salt_core.builders.lock import Pinned
from salt_core.builders.target import Target
from salt_core.builders.tools import Report, ToolFailed, run_tool, uv
from salt_core.builders.wheel import Wheel, tree_hash
from salt_core.errors import BuildFailed

_PARALLEL = 8
_TRIES = 3
_TIMEOUT_S = 60
_BLOCK = 1 << 20
_AWAY = (urllib.error.URLError, HTTPException, TimeoutError, ConnectionError)
"""What another try may mend."""


def wheels_of(
    pinned: Sequence[Pinned], target: Target, cache: Path, report: Report
) -> tuple[Wheel, ...]:
    """One wheel for each, in their order.

    Raises:
        BuildFailed: One cannot be fetched, is not what was locked, or does not build.
    """
    missing = [
        item for item in pinned if item.kind in ("wheel", "sdist") and not _there(item, cache)
    ]
    if missing:
        report(f"Fetching {len(missing)} of {len(pinned)} distributions")
    with ThreadPoolExecutor(_PARALLEL, thread_name_prefix="salt-fetch") as pool:
        list(pool.map(lambda item: _fetch(item, cache), missing))
    return tuple(_wheel(item, target, cache, report) for item in pinned)


def _wheel(item: Pinned, target: Target, cache: Path, report: Report) -> Wheel:
    if item.kind == "wheel":
        return Wheel(item.name, item.version, _place(item, cache), item.seal)
    path = _built(item, target, cache, report)
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    return Wheel(item.name, path.name.split("-")[1], path, sha256)


def _place(item: Pinned, cache: Path) -> Path:
    name = unquote(urlsplit(item.source).path.rsplit("/", 1)[-1])
    return cache / "downloads" / item.seal / name


def _there(item: Pinned, cache: Path) -> bool:
    return _place(item, cache).is_file()


def _fetch(item: Pinned, cache: Path) -> None:
    with replacing(_place(item, cache)) as beside:
        found = _download(item, beside)
        if found != item.seal:
            raise BuildFailed(
                f"{_shown(item.source)} has the sha256 {found}, and uv.lock says {item.seal}.",
                "Nothing was installed from it.",
            )
        beside.chmod(0o644)


def _download(item: Pinned, path: Path) -> str:
    if not re.match(r"https?:", item.source):
        source = unquote(item.source.removeprefix("file://"))
        try:
            shutil.copyfile(source, path)
        except FileNotFoundError as error:
            raise BuildFailed(f"{item.name}: there is no file {source}.") from error
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    url = _shown(item.source)
    for tries_left in reversed(range(_TRIES)):
        try:
            return _get(item.source, path)
        except urllib.error.HTTPError as error:
            code = error.code
            error.close()
            if code in (401, 403):
                raise BuildFailed(
                    f"{url} is refused (HTTP {code}).",
                    "Give the index's credentials in ~/.netrc.",
                ) from error
            if code < 500 or not tries_left:
                raise BuildFailed(f"{url} answers HTTP {code}.") from error
        except _AWAY as error:
            if not tries_left:
                why = getattr(error, "reason", error)
                raise BuildFailed(f"{url} cannot be fetched: {why}.") from error
        time.sleep(0.2 * (_TRIES - tries_left))
    raise AssertionError("the last try returns or raises")


def _get(url: str, path: Path) -> str:
    request = urllib.request.Request(_shown(url))
    login = _credentials(url)
    if login is not None:
        token = b64encode(":".join(login).encode()).decode()
        # Not for whom the index redirects to: a storage service takes no second signature.
        request.add_unredirected_header("Authorization", f"Basic {token}")
    seal = hashlib.sha256()
    with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as answer, path.open("wb") as file:
        while block := answer.read(_BLOCK):
            seal.update(block)
            file.write(block)
    return seal.hexdigest()


def _shown(url: str) -> str:
    """The URL without the login in it."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def _credentials(url: str) -> tuple[str, str] | None:
    """Login and password of the URL itself, or of ~/.netrc."""
    parts = urlsplit(url)
    if parts.username:
        return unquote(parts.username), unquote(parts.password or "")
    try:
        found = netrc.netrc().authenticators(parts.hostname or "")
    except (OSError, netrc.NetrcParseError):
        return None
    return (found[0], found[2] or "") if found else None


def _built(item: Pinned, target: Target, cache: Path, report: Report) -> Path:
    """A wheel made from sources; kept under what it was made of and for whom."""
    seal = item.seal or tree_hash(Path(item.source))
    identity = f"{item.kind} {item.name} {seal} {item.inside} {target.minor} {target.tags[0]}"
    folder = cache / "built" / hashlib.sha256(identity.encode()).hexdigest()
    for wheel in folder.glob("*.whl"):
        return wheel
    report(f"Building {item.name} {item.version} from its sources")
    folder.parent.mkdir(parents=True, exist_ok=True)
    try:
        with tempfile.TemporaryDirectory(prefix=".making-", dir=folder.parent) as name:
            work = Path(name)
            source = _unpacked_source(item, work, cache, report)
            command = [uv(), "build", "--wheel", "--python", target.python]
            command += ["--out-dir", str(work / "out"), str(source)]
            run_tool(command, report, cwd=work)
            try:
                (work / "out").rename(folder)
            except OSError:
                if not folder.is_dir():
                    raise
    except ToolFailed as error:
        lines = [line for line in error.output.splitlines() if line.strip()]
        why = lines[-1].strip() if lines else "no word"
        raise BuildFailed(f"{item.name} {item.version} does not build: {why}") from error
    except OSError as error:
        raise unwritable(error, folder.parent) from error
    return next(folder.glob("*.whl"))


def _unpacked_source(item: Pinned, work: Path, cache: Path, report: Report) -> Path:
    if item.kind == "directory":
        return Path(item.source)
    if item.kind == "git":
        checkout = work / "git"
        url = item.source.removeprefix("git+")
        run_tool(["git", "clone", "--quiet", url, str(checkout)], report, cwd=work)
        run_tool(["git", "checkout", "--quiet", item.seal], report, cwd=checkout)
        return checkout / item.inside
    sdist = _place(item, cache)
    if not item.inside:
        return sdist
    shutil.unpack_archive(sdist, work / "sdist", filter="data")
    (top,) = (work / "sdist").iterdir()
    return top / item.inside
