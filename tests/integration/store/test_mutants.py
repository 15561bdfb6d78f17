"""The stateful test has teeth: it notices each of these mistakes in the scripts."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.integration.store.durable import explore
from tests.integration.store.hands import with_clock
from tests.servers.redis import RedisServer

from salt_core.store.redis.scripts import Script

MUTANTS: dict[str, tuple[str, dict[str, str]]] = {
    "the token is not looked at": (
        "complete",
        {"h[1] == 'running' and h[2] == attempt and h[3] == nonce": "h[1] == 'running'"},
    ),
    "a stale renewal revives a lease": ("renew", {"ARGV[i + 3]) == 'ok'": "ARGV[i + 3]) ~= ''"}),
    "a lease outlives its attempt": (
        "complete",
        {"redis.call('ZREM', key('leases'), run .. '/' .. task)": ""},
    ),
    "a lost claim is forgotten": ("claim", {"if memo then": "if false then"}),
    "a slot is not compared": ("fire", {"'next_due') ~= ARGV[2]": "'next_due') == 'x'"}),
    "recovery forgets to queue": ("recover", {"make_ready(run, task)": ""}),
    "recovery keeps what it gave up": ("recover", {"'status', 'failed', 'finished', t": "'x', t"}),
    "retries have no bound": ("fail", {"failures <= (policy.retries or 0)": "true"}),
    "a push again counts twice": ("push", {"seq == calls + 1": "true"}),
    "a stale body may push": (
        "push",
        {"~= 'ok' then return 'stale'": "== 'x' then return 'stale'"},
    ),
    "dependents are not released": ("complete", {"'left', -1) == 0": "'left', -1) == -9"}),
    "dependents of a failure wait": ("fail", {"current[2] ~= 'succeeded'": "false"}),
    "a completion is not journaled": (
        "complete",
        {"redis.call('RPUSH', key('journal', run), 'd ' .. current[1])": ""},
    ),
    "release keeps the lease": (
        "release",
        {"end_attempt(run, task, t, 'released', '', '')": ""},
    ),
    "cancel leaves what is queued": (
        "cancel",
        {"redis.call('ZREM', key('ready', s[2], 'task')": "redis.call('ZREM', key('x')"},
    ),
    "a lost reply of complete is stale": ("complete", {"h[4] == fence": "false"}),
}


@pytest.mark.timeout(600)
@pytest.mark.parametrize("mutant", MUTANTS)
def test_the_machine_has_teeth(own_redis: Callable[..., RedisServer], mutant: str) -> None:
    verb, changes = MUTANTS[mutant]
    text = with_clock(verb).text
    for right, wrong in changes.items():
        assert right in text, "the mutant's place is gone: write it anew"
        text = text.replace(right, wrong)
    broken = Script(verb, text, "0" * 40)

    def script(name: str) -> Script:
        return broken if name == verb else with_clock(name)

    with pytest.raises(BaseException) as caught:
        explore(own_redis().url, script, 400, shrink=False)
    assert not isinstance(caught.value, KeyboardInterrupt)
