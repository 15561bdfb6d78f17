"""The fingerprint of a task's own code: what changes it, and what does not."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Dict, Optional

import pytest

SDK = Path(__file__).parents[3] / "core" / "sdk" / "src"

FLOW = '''
"""A flow."""
from __future__ import annotations
import functools
import json
import re
from collections import OrderedDict
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum
from pathlib import Path

import tools
from tools import clean
from salt_sdk import task, workflow

LIMIT = 3
NAMES = {"a", "b", "c", "d", "e"}
TABLE = {"x": [1, 2.5, None], "y": (Decimal("1"), re.compile("a+"))}
HERE = Path(__file__).parent


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class Base:
    def area(self) -> int:
        return 1


@dataclass
class Row(Base):
    id: int
    tags: list[str] = field(default_factory=list)
    colour: Colour = Colour.RED

    @property
    def short(self) -> str:
        """A short name."""
        return str(self.id)[:LIMIT]

    @classmethod
    def make(cls) -> Row:
        return cls(1)

    @functools.lru_cache(maxsize=8)
    def slow(self) -> int:
        return self.area()


def helper(x: int, /, *rest: int, step: int = 1) -> int:
    """What it does."""
    # a comment
    def inner() -> int:
        return x + step + LIMIT
    return inner() + sum(one for one in rest if str(one) in {"a", "b", "c"})


@functools.lru_cache(maxsize=None)
def cached(x: int) -> int:
    return helper(x)


@task
def other(x: int) -> int:
    return x


@task(cache="by-inputs")
def compute(rows: list[Row], scale: float = 1.5) -> Row:
    """Compute."""
    from later import lazily
    total = cached(len(rows)) + tools.deep.dig(3) + len(NAMES) + len(TABLE) + other(1)
    json.dumps(OrderedDict())
    try:
        return Row(int(total * scale), clean([str(HERE)]), Colour.BLUE)
    except ValueError:
        return Row.make() if lazily() else Row(compute.fn(rows).id)


def unused() -> int:
    return 1


@workflow
def flow() -> None:
    compute([])
'''

FILES = {
    "flow.py": FLOW,
    "tools/__init__.py": "from tools import deep\nfrom tools.text import clean\n",
    "tools/text.py": "def clean(parts):\n    return [part.strip() for part in parts]\n",
    "tools/deep.py": "DEPTH = 2\ndef dig(x):\n    return x * DEPTH\ndef other(x):\n    return x\n",
    "later.py": "from constants import FACTOR\ndef lazily():\n    return FACTOR\n",
    "constants.py": "FACTOR = 2\n",
}

ASK = (
    "import sys; sys.path[:0] = sys.argv[1:]\n"
    "import flow, json\n"
    "from salt_sdk._fingerprint import fingerprint\n"
    "print(flow.compute.wire_policy(([],), {})['cache'])\n"
)


def project(folder: Path, changes: Optional[Dict[str, str]] = None) -> Path:
    """``FILES`` below ``folder``, with some text replaced by other text."""
    for name, text in FILES.items():
        for old, new in (changes or {}).items():
            text = text.replace(old, new)
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def ask(folder: Path, seed: str = "1", before: str = "") -> str:
    """The fingerprint of ``compute``, as a process of its own finds it."""
    env = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-c", before + ASK, str(folder), str(SDK)]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> str:
    return ask(project(tmp_path_factory.mktemp("known")))


def test_it_is_a_sha256(known: str) -> None:
    assert len(known) == 64 and int(known, 16)


def test_it_is_the_same_in_every_process_and_folder(known: str, tmp_path: Path) -> None:
    for seed in ("2", "3"):
        assert ask(project(tmp_path / seed / "deeper"), seed) == known


def test_it_is_the_same_whatever_was_imported_before(known: str, tmp_path: Path) -> None:
    before = "import sys; sys.path[:0] = sys.argv[1:]\nimport later, constants, tools.text\n"
    assert ask(project(tmp_path), before=before) == known


def test_it_is_the_same_from_compiled_files(known: str, tmp_path: Path) -> None:
    project(tmp_path)
    subprocess.run([sys.executable, "-m", "compileall", "-q", str(tmp_path)], check=True)
    assert ask(tmp_path) == known


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("# a comment", "# another\n    # and one more"),
        ('"""Compute."""', '"""Compute all of it."""'),
        ('"""What it does."""', '"""Does."""'),
        ('"""A short name."""', '"""Short."""'),
        ("LIMIT = 3", "\n\n\nLIMIT = 3"),
        ("def unused() -> int:\n    return 1", "def unused() -> int:\n    return 2"),
        ("compute([])", "compute([Row(1)])"),
        ('@task(cache="by-inputs")', '@task(cache="by-inputs", retries=2)'),
    ],
)
def test_what_cannot_change_a_result_does_not_change_it(
    known: str, tmp_path: Path, old: str, new: str
) -> None:
    assert ask(project(tmp_path, {old: new})) == known


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("total * scale", "total / scale"),
        ("scale: float = 1.5", "scale: float = 1.6"),
        ("scale: float = 1.5", "scale: int = 1.5"),
        ("LIMIT = 3", "LIMIT = 4"),
        ('NAMES = {"a", "b"', 'NAMES = {"z", "b"'),
        ("2.5", "2.6"),
        ("a+", "a*"),
        ('BLUE = "blue"', 'BLUE = "azure"'),
        ("x + step + LIMIT", "x - step + LIMIT"),
        ("step: int = 1", "step: int = 2"),
        ('in {"a", "b", "c"}', 'in {"a", "b", "x"}'),
        ("id: int", "id: float"),
        ("id: int", "id: int\n    more: int = 0"),
        ("default_factory=list", "default_factory=lambda: [1]"),
        ("colour: Colour = Colour.RED", "colour: Colour = Colour.BLUE"),
        ("str(self.id)[:LIMIT]", "str(self.id)[LIMIT:]"),
        ("return cls(1)", "return cls(2)"),
        ("return self.area()", "return self.area() + 1"),
        ("def area(self) -> int:\n        return 1", "def area(self) -> int:\n        return 2"),
        ("part.strip()", "part.lower()"),
        ("DEPTH = 2", "DEPTH = 3"),
        ("return x * DEPTH", "return x + DEPTH"),
        ("return FACTOR", "return FACTOR + 1"),
        ("FACTOR = 2", "FACTOR = 3"),
        ("def other(x: int) -> int:\n    return x", "def other(x: int) -> int:\n    return -x"),
    ],
)
def test_what_can_change_a_result_changes_it(
    known: str, tmp_path: Path, old: str, new: str
) -> None:
    assert any(old in text for text in FILES.values())
    assert ask(project(tmp_path, {old: new})) != known


def test_what_is_installed_is_known_by_its_name_only(tmp_path: Path) -> None:
    installed = tmp_path / "lib" / "site-packages"
    installed.mkdir(parents=True)
    before = f"import sys; sys.path.append({str(installed)!r})\n"
    files = {"from tools import clean": "import installed\nfrom tools import clean"}
    folder = project(tmp_path / "own", {**files, "len(TABLE)": "installed.go()"})
    (installed / "installed.py").write_text("def go():\n    return 1\n")
    first = ask(folder, before=before)
    (installed / "installed.py").write_text("def go():\n    return 2\n")
    assert ask(folder, before=before) == first


def test_parts_that_differ_by_process_do_not_matter(tmp_path: Path) -> None:
    """Connections, locks and other instances are known by their class."""
    more = "import logging, threading\nlog = logging.getLogger('x')\nlock = threading.Lock()\n"
    folder = project(
        tmp_path,
        {
            "import tools\n": f"import tools\n{more}",
            "json.dumps(OrderedDict())": "lock.acquire(); log.info('x'); lock.release()",
        },
    )
    assert len({ask(folder, seed) for seed in ("1", "2")}) == 1


def test_a_value_of_closures_and_lambdas_counts() -> None:
    from salt_sdk._fingerprint import fingerprint

    def make(step: int) -> object:
        return lambda x: x + step

    one, same, other = make(1), make(1), make(2)
    assert fingerprint(one) == fingerprint(same)
    assert fingerprint(one) != fingerprint(other)
    assert json.dumps(fingerprint(one))
