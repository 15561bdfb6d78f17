from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from salt_core.artifacts import find_python
from salt_core.artifacts.interpreters import satisfies
from salt_core.errors import BadInput


@pytest.mark.parametrize(
    ("version", "requires", "fits"),
    [
        ("3.11.7", ">=3.11,<3.12", True),
        ("3.12.0", ">=3.11,<3.12", False),
        ("3.11.7", "CPython==3.11.*", True),
        ("3.1.7", "CPython==3.11.*", False),
        ("3.11.7", "CPython<3.13,>=3.12", False),
        ("3.11.7", "==3.11.7", True),
        ("3.11.7", "==3.11", False),
        ("3.11.0", "==3.11", True),
        ("3.11.7", "!=3.11.*", False),
        ("3.11.7", "!=3.11.6", True),
        ("3.11.7", "~=3.10", True),
        ("4.0.0", "~=3.10", False),
        ("3.11.7", "~=3.11.2", True),
        ("3.12.0", "~=3.11.2", False),
        ("3.11.7", ">3.11", True),
        ("3.11.7", "<=3.11", False),
        ("3.13.0rc1", ">=3.13", True),
        ("3.11.7", "", True),
        ("3.11.7", " >= 3.9 , < 4 ", True),
    ],
)
def test_specifiers(version: str, requires: str, fits: bool) -> None:
    assert satisfies(version, requires) is fits


@pytest.mark.parametrize("requires", ["foo", ">=x", "3.11", ">=3.11;<4"])
def test_what_is_no_specifier_is_refused(requires: str) -> None:
    with pytest.raises(BadInput, match="not a version specifier"):
        find_python(requires)


def test_another_implementation_is_refused() -> None:
    with pytest.raises(BadInput, match="PyPy"):
        find_python("PyPy==3.10.*")


def test_ones_own_is_preferred_and_is_no_virtual_environment() -> None:
    found = find_python(">=3.11")
    code = "import sys; print(sys.prefix == sys.base_prefix, sys.version_info[:2])"
    answer = subprocess.run([found, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.split(maxsplit=1) == ["True", f"{sys.version_info[:2]}\n"]
    assert os.path.isabs(found)


def test_none_lists_what_there_is() -> None:
    own = ".".join(map(str, sys.version_info[:3]))
    with pytest.raises(BadInput, match=f"satisfies >=3.98,<3.99; found: {own}"):
        find_python(">=3.98,<3.99")


def test_a_script_of_that_name_is_no_interpreter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shim = tmp_path / "python3.19"
    shim.write_text("#!/bin/sh\necho CPython 3.19.0 /bin/sh\n")
    shim.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    with pytest.raises(BadInput):
        find_python("==3.19.*")
