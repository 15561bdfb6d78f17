"""The stateful test has teeth: it notices each of these mistakes in the scripts."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.integration.store.durable import explore
from tests.integration.store.hands import with_clock
from tests.servers.redis import RedisServer

from salt_core.store.redis.scripts import Script, names

EVERY = "*"
"""A mistake in a part that several scripts include."""

MUTANTS: dict[str, tuple[str, str, str]] = {
    # Leases, tokens, retries
    "the token is not looked at": (
        EVERY,
        "h[1] == 'running' and h[2] == attempt and h[3] == nonce",
        "h[1] == 'running'",
    ),
    "a stale renewal revives a lease": ("renew", "ARGV[i + 3]) == 'ok'", "ARGV[i + 3]) ~= ''"),
    "a lease outlives its attempt": (
        EVERY,
        "redis.call('ZREM', key('leases'), run .. '/' .. task)",
        "",
    ),
    "a lost claim is forgotten": (EVERY, "if memo then", "if false then"),
    "a slot is not compared": ("fire", "'next_due') ~= ARGV[2]", "'next_due') == 'x'"),
    "recovery forgets to queue": (
        "recover",
        "      make_ready(run, task)\n      changed('task', member, 'queued')\n      requeued",
        "      requeued",
    ),
    "recovery keeps what it gave up": ("recover", "else settle(run, task, 'failed', t) end", "end"),
    "retries have no bound": ("fail", "failures <= (policy.retries or 0)", "true"),
    "release keeps the lease": ("release", "end_attempt(run, task, t, 'released', '', '')", ""),
    "a lost reply of complete is stale": (EVERY, "h[4] == fence", "false"),
    # Calls and what they need
    "a push again counts twice": ("push", "seq == calls + 1", "true"),
    "a stale body may push": ("push", "~= 'ok' then return 'stale'", "== 'x' then return 'stale'"),
    "dependents are not released": (EVERY, "'left', -1) == 0", "'left', -1) == -9"),
    "dependents of a failure wait": (
        EVERY,
        "              upstream_ended(run, other, need, status, t)\n",
        "",
    ),
    "a completion is not journaled": (
        EVERY,
        "redis.call('RPUSH', key('journal', run), 'd ' .. task)",
        "",
    ),
    "cancel leaves what is queued": (
        EVERY,
        "redis.call('ZREM', key('ready', queue, kind_of(task)), run .. '/' .. task)",
        "",
    ),
    "a task that began keeps its start timer": (
        EVERY,
        "if h[4] then redis.call('ZREM', key('delayed'), '!' .. member) end",
        "",
    ),
    # Limits and turns
    "a limit lets one more through": (EVERY, "+ ahead >= at_once", "+ ahead > at_once"),
    "an attempt that ends keeps its limits": (
        EVERY,
        "redis.call('ZREM', key('limit', limit[1]), it.member)",
        "",
    ),
    "a limit that is free wakes nobody": (
        EVERY,
        "for _, limit in ipairs(it.limits) do refill(limit[1], t) end",
        "",
    ),
    "a rate has no window": (EVERY, "at + per > t", "false"),
    "nobody sees that a window has room again": (
        EVERY,
        "if at > 0 then redis.call('ZADD', key('delayed'), 'LT', at, '~' .. name) end",
        "",
    ),
    "who will never run stays put aside": (
        EVERY,
        "if it.held then come_back",
        "if false then come_back",
    ),
    "who is put aside stays let through": (EVERY, "  unlet(it)\n  if missing", "  if missing"),
    "turns never go on": (EVERY, "if order > newest then", "if false then"),
    # Waits
    "what is decided stays listed": (
        EVERY,
        "  if h[1] == 'approve' then ask_no_more(run, task) end\n",
        "",
    ),
    "what left quarantine stays listed": (
        "decide",
        "  ask_no_more(run, task)\n",
        "",
    ),
    "who heard an event stays listed": (
        EVERY,
        "    redis.call('ZREM', key('listening'), run .. '/' .. task)\n",
        "",
    ),
    "an event is told as often as it is sent": ("emit", "'NX', 'PX', ARGV[4]", "'PX', ARGV[4]"),
    "an event ends one wait only": (EVERY, "'LIMIT', 0, most - told", "'LIMIT', 0, 1"),
    "a late wait takes any payload": (
        EVERY,
        "if picked(names, ok and decoded or nil) == values then",
        "if true then",
    ),
    "an event is heard again": (
        EVERY,
        "redis.call('HSET', key('run', run), 'seen:' .. event .. ':' .. waiters, entry)",
        "",
    ),
    "a wait that has ended keeps its timer": (
        EVERY,
        "  redis.call('ZREM', key('delayed'), run .. '/' .. task)\n  redis.call('HINCRBY', r, 'waits', -1)",
        "  redis.call('HINCRBY', r, 'waits', -1)",
    ),
    "a moment comes and nothing happens": (EVERY, "then wait_over(run, task, t) end", "then end"),
    # Bodies
    "a body is parked that has not seen everything": ("park", "> tonumber(ARGV[4])", "> 99"),
    "a body that waits for nothing is parked": ("park", "if h[1] == h[2] then", "if false then"),
    "nothing wakes a parked body": (
        EVERY,
        "  elseif h[1] == 'waiting' then\n    make_ready(run, '0')",
        "  elseif h[1] == 'waiting' then",
    ),
    "a lost reply of park is stale": ("park", "'parked_by') == fence", "'parked_by') == 'x'"),
    "a turn leaves its calls in the journal": ("roll", "if gone then", "if false then"),
    "a turn takes what is before its loop": (
        "roll",
        "number > loop and number <= seq",
        "number <= seq",
    ),
    "a departed body goes on": ("block", "'status', 'blocked'", "'status', 'queued'"),
    "a moved run stays with its agent": ("move", "if h[1] == 'running' then", "if false then"),
    # Runs below a run
    "a child's end is not its caller's": (EVERY, "if not parent then return end", "do return end"),
    "cancelling does not go down": (
        EVERY,
        "if s[4] then redis.call('SADD', key('doomed'), s[4]) end",
        "",
    ),
    "a run's time does not run out": (EVERY, "stop_run(rest, 'failed', t,", "tostring("),
    # Data that did not pass
    "quarantine ends who needs valid data": (EVERY, "if not h[2] then lists[2] =", "do lists[2] ="),
    "quarantine holds who takes what there is": (
        "complete",
        "'invalid')\n      release(run, {task}, t)",
        "'invalid')",
    ),
    "a decision is taken again and again": ("decide", "redis.call('HDEL', k, 'quarantined')", ""),
}


def mutated(mutant: str) -> Callable[[str], Script]:
    """The scripts, with a mistake in them that the server can read."""
    verb, right, wrong = MUTANTS[mutant]

    def script(name: str) -> Script:
        whole = with_clock(name)
        if verb not in (EVERY, name) or right not in whole.text:
            return whole
        return Script(name, whole.text.replace(right, wrong), "0" * 40)

    return script


@pytest.mark.timeout(600)
@pytest.mark.parametrize("mutant", MUTANTS)
def test_the_machine_has_teeth(own_redis: Callable[..., RedisServer], mutant: str) -> None:
    server, script = own_redis(), mutated(mutant)
    broken = [one for one in map(script, names()) if one.sha == "0" * 40]
    assert broken, "the mutant's place is gone: write it anew"
    with server.client() as client:
        for one in broken:
            client.script_load(one.text)  # what cannot be read proves nothing
    with pytest.raises((AssertionError, KeyError, BaseExceptionGroup)) as caught:
        explore(server.url, script, 200, by_chance=False)
    assert not of_the_server(caught.value), "the script broke down: that is no mistake to notice"


def of_the_server(error: BaseException) -> bool:
    if isinstance(error, BaseExceptionGroup):
        return any(of_the_server(one) for one in error.exceptions)
    return not isinstance(error, (AssertionError, KeyError))
