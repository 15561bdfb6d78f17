"""``hands``: an agent's hands on an empty store whose clock the test moves."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from tests.integration.store.hands import BEGIN, Hands


@pytest.fixture
async def hands(redis_url: str) -> AsyncIterator[Hands]:
    hands = Hands(redis_url)
    await hands.tick(BEGIN)
    yield hands
    await hands.store.close()
