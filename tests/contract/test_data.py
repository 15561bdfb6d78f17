"""WIRE.md section 4.4: data files of tasks and of workflow functions."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import signal
from pathlib import Path
from typing import Any

import pytest
from tests.contract.driver import Agent, kill
from tests.contract.journal import called, done

LARGE = b"x" * 40_000
SHA = hashlib.sha256(LARGE).hexdigest()
REFERENCE = {"$data": SHA, "size": len(LARGE), "codec": "bytes"}


def sha_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def stored(agent: Agent, content: bytes) -> str:
    """A file with ``content``, as an agent would have fetched it."""
    path = Path(agent.folder()) / sha_of(content)
    path.write_bytes(content)
    return str(path)


def fetched(content: bytes, path: str) -> dict[str, Any]:
    return {"type": "fetched", "data": sha_of(content), "path": path}


def test_many_bytes_are_a_file_that_the_result_names(agent: Agent) -> None:
    files = agent.folder()
    message = agent.run("blob", len(LARGE), files=files).read("result")
    assert json.loads(message["value"]) == REFERENCE
    assert message["data"] == [SHA]
    assert os.listdir(files) == [SHA]
    assert (Path(files) / SHA).read_bytes() == LARGE


def test_few_bytes_stay_in_the_value(agent: Agent) -> None:
    files = agent.folder()
    message = agent.run("blob", 3, files=files).read("result")
    assert json.loads(message["value"]) == base64.b64encode(b"xxx").decode()
    assert not message.get("data")
    assert os.listdir(files) == []


def test_who_decodes_data_asks_for_it(agent: Agent) -> None:
    child = agent.run("weigh", {"$ref": 3}, results={"3": json.dumps(REFERENCE)})
    assert child.read("fetch")["data"] == SHA
    child.send(fetched(LARGE, stored(agent, LARGE)))
    assert child.result() == len(LARGE)


def test_data_that_is_in_the_folder_is_not_asked_for(agent: Agent) -> None:
    files = agent.folder()
    (Path(files) / SHA).write_bytes(LARGE)
    assert agent.run("weigh", REFERENCE, files=files).result() == len(LARGE)


def test_data_that_cannot_be_had_is_an_error_that_may_pass(agent: Agent) -> None:
    for again in (True, False):
        child = agent.run("weigh", REFERENCE)
        child.read("fetch")
        error = {"type": "BlobGone", "message": "not there", "traceback": "", "retryable": again}
        child.send({"type": "fetched", "data": SHA, "error": error})
        told = child.error()
        assert "not there" in told["message"]
        assert told["retryable"] is again


def test_an_agent_that_hangs_up_while_data_is_wanted_ends_the_task(agent: Agent) -> None:
    child = agent.run("weigh", REFERENCE)
    child.read("fetch")
    child.socket.close()
    assert child.exited()["signal"] is None


def test_a_file_is_kept_with_its_name(agent: Agent) -> None:
    content = b"line\n" * 10_000
    message = agent.run("writes_file", "line\n", 10_000).read("result")
    reference = json.loads(message["value"])
    assert message["data"] == [reference["$data"]] == [sha_of(content)]
    assert (reference["codec"], reference["size"]) == ("file", len(content))
    child = agent.run("reads_file", reference, 4)
    child.read("fetch")
    child.send(fetched(content, stored(agent, content)))
    assert child.result() == f"out.txt {len(content)} line"


def test_passing_a_file_on_needs_no_bytes(agent: Agent) -> None:
    reference = {**REFERENCE, "codec": "file", "name": "a.bin"}
    message = agent.run("passes_file_on", {"$ref": 1}, results={"1": json.dumps(reference)}).read()
    assert message["type"] == "result"
    assert json.loads(message["value"]) == [reference]
    assert not message.get("data")


def test_a_small_file_is_in_the_value(agent: Agent) -> None:
    message = agent.run("writes_file", "hello", 1).read("result")
    assert not message.get("data")
    assert agent.run("reads_file", json.loads(message["value"]), 9).result() == "out.txt 5 hello"


def test_an_agent_without_files_gets_all_in_the_value(agent: Agent) -> None:
    child = agent.fork()
    message = {
        "type": "task",
        "run": "r",
        "task": "1",
        "attempt": 1,
        "name": "blob",
        "input": '{"args":[40000]}',
        "results": {},
        "key": "k",
        "cwd": agent.folder(),
        "env": {},
    }
    child.send(message)
    assert child.result() == base64.b64encode(LARGE).decode()


@pytest.mark.parametrize(
    ("reference", "says"),
    [
        ({"$data": "../x", "size": 1, "codec": "bytes"}, "sha256"),
        ({**REFERENCE, "codec": "npy"}, "bytes"),
    ],
)
def test_a_reference_that_is_wrong_is_not_asked_for(
    agent: Agent, reference: dict[str, Any], says: str
) -> None:
    error = agent.run("weigh", reference).error()
    assert says in error["message"]
    assert error["retryable"] is False


def test_a_call_names_the_data_of_its_input(agent: Agent) -> None:
    child = agent.fork()
    files = agent.folder()
    child.workflow("carries", params={"size": 50_000}, files=files)
    (call,) = child.calls(1)
    (reference,) = json.loads(call["input"])["args"]
    assert call["data"] == [reference["$data"]] == os.listdir(files)
    assert reference["$data"] == sha_of(b"y" * 50_000)
    child.read("waiting")
    child.journal(called(1, "weigh"), done(1, 50_000))
    assert child.result() == 50_000


def test_a_workflow_function_fetches_while_its_journal_goes_on(agent: Agent) -> None:
    child = agent.fork()
    child.workflow("takes", params={"size": len(LARGE)})
    first, second = child.calls(2)
    assert (first.get("data"), second["needs"], second.get("data")) == (None, [1], None)
    child.read("waiting")
    child.journal(called(1, "blob"), called(2, "weigh"), done(1, REFERENCE))
    assert child.read("fetch")["data"] == SHA
    child.journal(done(2, len(LARGE)))
    child.send(fetched(LARGE, stored(agent, LARGE)))
    assert child.result() == 2 * len(LARGE)


def test_a_run_gives_and_takes_data(agent: Agent) -> None:
    child = agent.fork()
    child.workflow("gives", params={"size": 40_000})
    message = child.read("result")
    assert message["data"] == [json.loads(message["value"])["$data"]]
    child = agent.fork()
    child.workflow("given", params={"content": REFERENCE})
    child.read("fetch")
    child.send(fetched(LARGE, stored(agent, LARGE)))
    assert child.result() == len(LARGE)


def test_a_task_that_is_stopped_while_it_waits_for_data_ends(agent: Agent) -> None:
    child = agent.run("weigh", REFERENCE)
    child.read("fetch")
    kill(child.supervisor, signal.SIGTERM)
    assert child.exited()["signal"] == signal.SIGTERM
