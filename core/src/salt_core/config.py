"""Settings, read once at the edge from a file and the environment into one frozen value.

Order: environment, then ``$SALT_HOME/config.toml`` (or the user's config folder), then defaults.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from salt_core.clock import parse_duration
from salt_core.errors import BadInput
from salt_core.places import find_places


class Console(BaseModel):
    """``[ui]``: how this user wants the console.

    Attributes:
        keys: For ids of actions (docs/console.md lists them) the keys that do them.
        theme: Name of the colours; ``""``: what was chosen last.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    keys: dict[str, str] = {}
    theme: str = ""


class Config(BaseModel):
    """Where things are. Folders are made by those who use them.

    Attributes:
        redis_url: ``None``: the embedded server of this user.
        s3_url: ``s3://bucket/prefix`` with the endpoint in ``s3_endpoint``, or
            ``http(s)://[key:secret@]host:port/bucket/prefix``; ``None``: the folder
            ``home/blobs``.
        lease_s: Task lease in seconds.
        namespace: Several Salts may share one Redis.
        home: Data: the embedded server's files, blobs, keys.
        cache: What can be made again: artifacts, unpacked wheels, build layers.
        runtime: Sockets; short, for a Unix socket's path has at most 103 bytes.
        log_chunk_bytes: An attempt's log goes to the blob store each time it has grown by this.
        cache_bytes: Bound of an agent's artifact cache.
        replay_check: Agents replay each run that has returned once more, and compare: a debug mode.
        ui: The console of this user.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    redis_url: str | None = None
    s3_url: str | None = None
    s3_endpoint: str | None = None
    lease_s: float = 30.0
    namespace: str = "main"
    home: Path
    cache: Path
    runtime: Path
    log_chunk_bytes: int = 1 << 20
    cache_bytes: int = 8 << 30
    replay_check: bool = False
    ui: Console = Field(default_factory=Console)

    @field_validator("lease_s", mode="before")
    @classmethod
    def _lease(cls, value: str | float) -> float:
        return parse_duration(value)

    @property
    def lease_ms(self) -> int:
        return round(self.lease_s * 1000)

    @property
    def embedded(self) -> bool:
        """Whether the backend is the embedded server."""
        return self.redis_url is None


def load(environment: Mapping[str, str] | None = None) -> Config:
    """The settings of this process.

    Raises:
        BadInput: A setting cannot be used; names the variable or the file's key.
    """
    env = os.environ if environment is None else environment
    places = find_places(env)
    file, values = places.file, dict(places.values)
    named = {
        "redis_url": "SALT_REDIS_URL",
        "s3_url": "SALT_S3_URL",
        "s3_endpoint": "SALT_S3_ENDPOINT",
        "lease_s": "SALT_LEASE",
        "namespace": "SALT_NAMESPACE",
        "replay_check": "SALT_REPLAY_CHECK",
    }
    values.update({key: env[name] for key, name in named.items() if env.get(name)})
    values |= {"home": places.home, "cache": places.cache, "runtime": places.runtime}
    try:
        return Config.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(map(str, first["loc"]))
        from_env = env.get(named.get(key, ""), None) is not None
        raise BadInput(
            f"{named[key] if from_env else key}: {first['msg']}.",
            "See the README, section Settings.",
            file=None if from_env else str(file),
            key=key,
        ) from error
