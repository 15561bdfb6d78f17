"""The processes that a storm strikes: agents, a scheduler host, the embedded server."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from salt_core.config import Config
from salt_core.embedded import running

SALT = Path(sys.executable).with_name("salt")


class Fleet:
    """Real processes of one Salt; what is killed is started again, as a service manager would.

    Attributes:
        killed: When each agent that was killed died, by its process id; Unix seconds.
    """

    def __init__(
        self, config: Config, environment: dict[str, str], agents: int, slots: int
    ) -> None:
        self._config = config
        self._environment = environment
        self._slots = slots
        self._log = (config.home / "storm.log").open("ab")
        self._stopped: list[tuple[float, subprocess.Popen[bytes]]] = []
        self.killed: dict[int, float] = {}
        self.agents = [self._agent() for _ in range(agents)]
        self.host = self._start("scheduler")

    def _start(self, *args: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [SALT, *args],
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
            start_new_session=True,
        )

    def _agent(self) -> subprocess.Popen[bytes]:
        return self._start("agent", "--slots", str(self._slots))

    def kill_agent(self) -> bool:
        victim = random.randrange(len(self.agents))
        self._kill(self.agents[victim])
        self.killed[self.agents[victim].pid] = time.time()
        self.agents[victim] = self._agent()
        return True

    def stop_agent(self) -> bool:
        """SIGSTOP for half a lease to two; ``wake`` ends it."""
        asleep = {id(one) for _, one in self._stopped}
        awake = [one for one in self.agents if id(one) not in asleep]
        if len(awake) < 2:
            return False
        victim = random.choice(awake)
        victim.send_signal(signal.SIGSTOP)
        until = time.monotonic() + random.uniform(0.5, 2.0) * self._config.lease_s
        self._stopped.append((until, victim))
        return True

    def wake(self, *, all_of_them: bool = False) -> None:
        for until, victim in list(self._stopped):
            if all_of_them or time.monotonic() >= until:
                victim.send_signal(signal.SIGCONT)
                self._stopped.remove((until, victim))

    def kill_redis(self) -> bool:
        """Whoever needs it next starts it again."""
        server = running(self._config)
        if server is None:
            return False
        os.kill(server.pid, signal.SIGKILL)
        return True

    def kill_host(self) -> bool:
        self._kill(self.host)
        self.host = self._start("scheduler")
        return True

    @staticmethod
    def _kill(process: subprocess.Popen[bytes]) -> None:
        process.kill()
        process.wait()

    def close(self) -> None:
        self.wake(all_of_them=True)
        for process in (*self.agents, self.host):
            process.terminate()
        for process in (*self.agents, self.host):
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                self._kill(process)
        self._log.close()
