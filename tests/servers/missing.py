"""What a test does when a program that it needs is not installed."""

from __future__ import annotations

import os
import shutil
from typing import NoReturn

import pytest

REQUIRE = "SALT_TEST_REQUIRE"
"""Set to 1, a missing server fails the test instead of skipping it: so does CI."""


def missing(what: str, remedy: str) -> NoReturn:
    """Skip the test visibly, or fail it where everything must be there."""
    message = f"{what} is not installed: {remedy}"
    if os.environ.get(REQUIRE) == "1":
        pytest.fail(message, pytrace=False)
    pytest.skip(message)


def program(name: str, remedy: str) -> str:
    """The path of a program, or the end of the test."""
    return shutil.which(name) or missing(name, remedy)
