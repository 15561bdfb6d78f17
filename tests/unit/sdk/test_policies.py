"""What ``@task`` and ``.options()`` say of how a task is run, and how that reads on the wire."""

from __future__ import annotations

from datetime import date
from typing import Any, Dict, List

import pytest

from salt_sdk import Limit, Task, task, workflow
from salt_sdk._declare import WorkflowFunction
from salt_sdk._errors import BadInput
from salt_sdk._policy import Policy


def declared(**rules: Any) -> Task[..., Any]:
    @task(**rules)
    def fetch(customer: str, day: date = date(2026, 1, 1), *more: int, **others: int) -> int:
        return len(customer)

    return fetch


class Late(TimeoutError): ...


def test_every_rule_reaches_the_wire() -> None:
    fetch = declared(
        retries=2,
        timeout="10m",
        backoff=0.5,
        backoff_max="1m",
        jitter=0.2,
        queue="other",
        priority=7,
        start_timeout="1h",
        heartbeat=30,
        limit=["api", Limit("db", at_once=3), Limit("mail", rate="50/s")],
        fair="all",
        cache_for="1d",
        strict=False,
    )
    assert fetch.wire_policy(("x",), {}) == {
        "retries": 2,
        "timeout_s": 600.0,
        "backoff_s": 0.5,
        "backoff_max_s": 60.0,
        "jitter": 0.2,
        "queue": "other",
        "priority": 7,
        "start_timeout_s": 3600.0,
        "heartbeat_s": 30.0,
        "limits": [
            {"name": "api", "at_once": 1},
            {"name": "db", "at_once": 3},
            {"name": "mail", "rate": [50, 1.0]},
        ],
        "fair": "all",
        "cache_s": 86400.0,
        "strict": False,
    }


def test_what_was_not_said_is_not_on_the_wire() -> None:
    assert declared().wire_policy(("x",), {}) == {}
    assert "cache" not in declared().wire_policy(("x",), {})
    assert len(declared(cache="by-inputs").wire_policy(("x",), {})["cache"]) == 64


@pytest.mark.parametrize(
    ("rate", "window"),
    [("50/s", (50, 1.0)), ("100/10m", (100, 600.0)), ("3 / h", (3, 3600.0)), ("1/0.5s", (1, 0.5))],
)
def test_a_rate_is_a_number_of_starts_in_a_time(rate: str, window: Any) -> None:
    assert Limit("api", rate=rate).window() == window


@pytest.mark.parametrize(
    ("args", "kwargs", "name"),
    [
        (("ann",), {}, "api:ann:2026-01-01"),
        ((), {"customer": "ann", "day": date(2026, 2, 2)}, "api:ann:2026-02-02"),
        ((7, None), {}, "api:7:None"),
    ],
)
def test_a_limit_is_named_by_the_arguments_of_the_call(args: Any, kwargs: Any, name: str) -> None:
    fetch = declared(limit="api:{customer}:{day}", fair="{customer}")
    policy = fetch.wire_policy(args, kwargs)
    assert policy["limits"] == [{"name": name, "at_once": 1}]
    assert policy["fair"] == name.split(":")[1]


def test_describe_tells_the_names_as_they_were_written() -> None:
    fetch = declared(limit=Limit("api:{customer}", rate="1/s"), fair="{customer}")
    assert fetch.described_policy() == {
        "limits": [{"name": "api:{customer}", "rate": [1, 1.0]}],
        "fair": "{customer}",
    }


def test_a_future_cannot_name_a_limit() -> None:
    @task
    def first() -> str:
        return "ann"

    fetch = declared(limit="api:{customer}")
    future = first.submit()
    with pytest.raises(BadInput, match=r"'customer' is a future; pass its result\(\) instead"):
        fetch.wire_policy((future,), {})
    with pytest.raises(BadInput, match=r"plain value .* for 'customer', not a list"):
        fetch.wire_policy((["ann"],), {})


@pytest.mark.parametrize(
    ("rules", "says"),
    [
        ({"retries": -1}, "retries=-1 must be a whole number from 0"),
        ({"retriez": 1}, "has no retriez=; did you mean retries="),
        ({"concurrency": 2}, "has no concurrency="),
        ({"heartbeat": 0}, "heartbeat=0 must be above zero"),
        ({"start_timeout": "soon"}, "start_timeout='soon' must be a duration"),
        ({"limit": 3}, "limit=3 must be a name such as 'api', a Limit"),
        ({"limit": ["a", "a"]}, "limits of different names"),
        ({"limit": "api:{who}"}, r"names \{who\}, which is no parameter; there are: customer, day"),
        ({"limit": "api:{customer.id}"}, "names of arguments only"),
        ({"limit": "api:{"}, "cannot be read"),
        ({"fair": ""}, "printable text"),
        ({"fair": "{customer!r}"}, "names of arguments only"),
        ({"cache": True}, "cache=True must be 'by-inputs' or None"),
        ({"strict": "no"}, "strict='no' must be True or False"),
        ({"retry_on": 3}, "must be exceptions, or names"),
        ({"retry_on": int}, "must be exceptions, or names"),
    ],
)
def test_a_rule_that_is_wrong_is_named_where_it_is_said(rules: Dict[str, Any], says: str) -> None:
    with pytest.raises((TypeError, ValueError), match=says) as caught:
        declared(**rules)
    assert "fetch" in str(caught.value) or "Limit" in str(caught.value)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: Limit("api", at_once=0), "at_once=0 must be 1 or more"),
        (lambda: Limit("api", rate="50"), "rate='50' must be like '50/s'"),
        (lambda: Limit("api", rate="0/s"), "rate='0/s' must be like"),
        (lambda: Limit("", rate="1/s"), "must be some printable text"),
    ],
)
def test_a_limit_that_is_wrong_is_refused(make: Any, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        make()


def test_options_make_a_copy() -> None:
    fetch = declared(retries=1, timeout=5, cache="by-inputs")
    other = fetch.options(retries=3, timeout=None, cache=None, queue="big")
    assert other.wire_policy(("x",), {}) == {"retries": 3, "queue": "big"}
    assert fetch.wire_policy(("x",), {})["retries"] == 1
    assert (other.name, other.fn, other.checks) == (fetch.name, fetch.fn, fetch.checks)
    assert other("abc") == 3
    with pytest.raises(TypeError, match=r"fetch.options\(\) has no nam=; there are: backoff"):
        fetch.options(nam="x")  # type: ignore[call-arg]
    with pytest.raises(ValueError, match=r"fetch.options\(\): .*\{nobody\}"):
        fetch.options(limit="{nobody}")


def test_lax_takes_what_there_is() -> None:
    assert declared(retries=1).lax.wire_policy(("x",), {}) == {"retries": 1, "strict": False}


def test_the_calls_of_a_map_share_a_limit() -> None:
    bound = declared(limit="api").options(concurrency=4)
    assert bound.wire_policy(("x",), {}, "map:r1:7")["limits"] == [
        {"name": "api", "at_once": 1},
        {"name": "map:r1:7", "at_once": 4},
    ]
    with pytest.raises(ValueError, match="concurrency=0 must be a whole number from 1"):
        declared().options(concurrency=0)


def test_map_takes_concurrency_unless_it_is_a_parameter_of_the_task() -> None:
    seen: List[Any] = []

    @task
    def plain(x: int) -> int:
        return x

    @task
    def own(x: int, concurrency: int) -> int:
        seen.append(concurrency)
        return x

    assert plain.map([1, 2], concurrency=1) == [1, 2]
    assert own.map([1, 2], concurrency=9) == [1, 2]
    assert seen == [9, 9]
    with pytest.raises(ValueError, match="concurrency"):
        plain.map([1], concurrency="many")


@pytest.mark.parametrize(
    ("rules", "error", "again"),
    [
        ({}, ValueError(), True),
        ({"retry_on": (OSError, "KeyError")}, FileNotFoundError(), True),
        ({"retry_on": (OSError, "KeyError")}, KeyError(), True),
        ({"retry_on": (OSError, "KeyError")}, ValueError(), False),
        ({"retry_on": Late}, Late(), True),
        ({"retry_on": Late}, TimeoutError(), False),
        ({"retry_on": "OSError"}, Late(), True),
        ({"retry_on": "builtins.OSError"}, Late(), True),
        ({"no_retry_on": (OSError,)}, Late(), False),
        ({"no_retry_on": (OSError,)}, ValueError(), True),
        ({"retry_on": (OSError,), "no_retry_on": (Late,)}, Late(), False),
    ],
)
def test_exceptions_decide_what_is_tried_again(rules: Any, error: Exception, again: bool) -> None:
    assert declared(**rules).policy.retries_on(error) is again


def test_a_workflow_gives_its_runs_a_queue_and_a_priority_only() -> None:
    @workflow(retries=2, queue="mine", timeout="1h")
    def nightly(n: int) -> int:
        return n

    assert isinstance(nightly, WorkflowFunction)
    assert nightly.described_policy() == {"retries": 2, "queue": "mine", "timeout_s": 3600.0}
    assert nightly.options(priority=3).wire_policy((), {"n": 1}) == {"queue": "mine", "priority": 3}
    with pytest.raises(TypeError, match="has no retries="):
        nightly.options(retries=3)  # type: ignore[call-arg]
    wrong: Any = {"limit": "api"}
    with pytest.raises(TypeError, match="@workflow bad has no limit="):

        @workflow(**wrong)
        def bad() -> None: ...


def test_a_policy_of_nothing_is_nothing() -> None:
    assert Policy().wire() == {}
    assert Policy().names("") == []
