"""The conformance kit: drives an artifact as an agent would.

``SALT_TEST_ARTIFACT="…" pytest tests/contract`` drives another artifact than the Python SDK's; it
must hold what ``artifact/conformance.py`` holds.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.contract.driver import Agent, artifact_command


@pytest.fixture(scope="module")
def agent() -> Iterator[Agent]:
    """An agent whose parent is ready; shared by the tests of a module."""
    with Agent(artifact_command()) as made:
        hello = made.start()
        assert hello["type"] == "hello", hello
        if not hello["fork"]:
            pytest.skip(f"the artifact does not fork: {hello['reason']}")
        yield made
