"""A store on a real server, and hosts on it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from tests.integration.scheduler.hosts import Hosts

from salt_core.config import Config, load
from salt_core.store.redis import RedisStore, open_store


@pytest.fixture
def server_config(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> Config:
    """The settings of a fresh SALT_HOME with a real server."""
    monkeypatch.setenv("SALT_REDIS_URL", redis_url)
    return load()


@pytest.fixture
async def store(server_config: Config) -> AsyncIterator[RedisStore]:
    opened = await open_store(server_config)
    yield opened
    await opened.close()


@pytest.fixture
def hosts(server_config: Config, tmp_path: Path) -> Iterator[Hosts]:
    made = Hosts(server_config, tmp_path)
    yield made
    made.close()
