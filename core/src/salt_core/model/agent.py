"""An agent, as others see it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AgentInfo:
    """What an agent says of itself with each heartbeat; times are Unix ms of the Redis server."""

    id: str
    host: str
    pid: int
    queues: tuple[str, ...]
    slots: int
    busy: int
    """Tasks that it runs now."""
    bodies: int
    """Workflow functions that it runs now; they hold no slot."""
    started: int
    seen: int
    state: str = "up"
    """``up`` or ``draining``."""
    labels: tuple[str, ...] = ()
    version: str = ""
    cpu: float = 0.0
    """Share of one core that its own process took since the heartbeat before."""
    memory: int = 0
    """Bytes of its own process that are in memory; 0: nobody knows."""
    load: float = 0.0
    """Processes of its machine that run or want to, over the last minute."""
    cores: int = 0
    """Of its machine."""
