"""Record the transcripts anew: ``python -m tests.contract.record``. Read the diff before it is kept."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from tests.contract.driver import Agent, artifact_command
from tests.contract.journal import called, done, failed, turned

FOLDER = Path(__file__).parent / "transcripts"


def one_task(agent: Agent) -> None:
    """A parent forks a child, which runs a task."""
    agent.start()
    child = agent.run("total", [1, {"$ref": 4}], kwargs={}, results={"4": "41"})
    child.read("result")
    child.exited()


def a_task_that_raises(agent: Agent) -> None:
    """Its error, and one that is not retryable."""
    agent.start()
    for name, args in (("fails", ["no\nmore"]), ("fatal", [])):
        child = agent.run(name, *args)
        child.read("error")
        child.exited()


def a_task_that_exits(agent: Agent) -> None:
    """Ends without a result are told by ``exited`` alone."""
    agent.start()
    for name, args in (("exits", [3]), ("segfaults", [])):
        child = agent.run(name, *args)
        child.exited()


def code_that_does_not_import(agent: Agent) -> None:
    agent.env["CONFORMANCE_IMPORT"] = "raises"
    agent.start()


def a_single_process(agent: Agent) -> None:
    child, _ = agent.single()
    child.task("echo", {"$$ref": 1, "text": "ü"})
    child.read("result")


def a_workflow(agent: Agent) -> None:
    """Calls, a dependency, a failure that is caught, in a chain of journals."""
    agent.start()
    child = agent.fork()
    child.workflow("diamond")
    child.calls(4)
    child.read("waiting")
    child.journal(*(called(seq, "add") for seq in (1, 2, 3)), called(4, "total"), done(1, 2))
    child.read("waiting")
    child.journal(done(3, 22), done(2, 12), done(4, 36))
    child.read("result")
    child.exited()
    child = agent.fork()
    child.workflow("catches", params={"message": "m"})
    child.read("call")
    child.read("waiting")
    child.journal(called(1, "fails"), failed(1))
    child.read("result")
    child.exited()


def a_replay(agent: Agent) -> None:
    """From the middle of a journal that comes in two pages."""
    agent.start()
    child = agent.fork()
    known = [*(called(seq, "add") for seq in (1, 2, 3)), done(3, 30), called(4, "add")]
    child.workflow("order", journal=known[:2], more=True)
    child.journal(*known[2:])
    child.read("waiting")
    child.journal(done(4, 130), done(1, 10), done(2, 20))
    child.read("result")
    child.exited()


def a_replay_that_diverges(agent: Agent) -> None:
    agent.start()
    child = agent.fork()
    journal = [called(1, "add"), done(1, 2), called(2, "echo"), done(2, "x")]
    child.workflow("changes", params={"calls": ["add", "add"]}, journal=journal)
    child.read("diverged")
    child.exited()


def waits_and_runs(agent: Agent) -> None:
    """Time, an event, a person; runs of other workflows, and of its own."""
    agent.start()
    child = agent.fork()
    child.workflow("waits")
    for name, what, value in (
        ("sleep", "sleep", None),
        ("sleep", "sleep", None),
        ("paid", "event", {"order": 7, "on": "2026-01-31"}),
        (
            "publish",
            "approve",
            {"by": "ann", "at": "2026-01-31T10:00:00Z", "fields": {"copies": 3}},
        ),
    ):
        (call,) = child.calls(1)
        child.read("waiting")
        child.journal(called(call["seq"], name, what, at="conformance.py:1"))
        child.read("waiting")
        child.journal(done(call["seq"], value, ms=1767225600500 + call["seq"]))
    child.read("result")
    child.exited()
    child = agent.fork()
    child.workflow("asks_others", params={"n": 5})
    child.calls(1)
    child.read("waiting")
    child.journal(called(1, "add"), done(1, 6))
    child.calls(2)
    child.read("waiting")
    child.journal(called(2, "elsewhere", "run"), called(3, "plain", "run"))
    child.read("waiting")
    child.journal(done(2, [1]), done(3, "done"))
    child.read("result")
    child.exited()


def a_rolling_loop(agent: Agent) -> None:
    """Two turns in one process, and the third in another."""
    agent.start()
    child = agent.fork()
    child.workflow("rolls", params={"turns": 3})
    child.calls(3)
    child.read("waiting")
    child.journal(called(1, "add"), called(2, "loop", "loop"), called(3, "add"))
    child.read("waiting")
    child.journal(done(1, 100, ms=1767225601000), done(3, 1, ms=1767225602000))
    child.calls(1)
    child.read("waiting")
    child.journal(called(4, "add"), done(4, 2, ms=1767225603000))
    child.read("roll")
    child.calls(1)
    child.read("waiting")
    child.journal(called(5, "add"), done(5, 3, ms=1767225604000))
    child.calls(1)
    child.read("waiting")
    child.journal(called(6, "add"), done(6, 4, ms=1767225605000))
    roll = child.read("roll")
    child.socket.close()
    child.exited()
    journal = [called(1, "add"), called(2, "loop", "loop"), done(1, 100, ms=1767225601000)]
    child = agent.fork()
    child.workflow(
        "rolls",
        params={"turns": 3},
        journal=[*journal, turned(2, roll["seq"], roll["turn"], roll["value"])],
        attempt=2,
    )
    child.calls(1)
    child.read("waiting")
    child.journal(called(7, "add"), done(7, 6, ms=1767225606000))
    child.calls(1)
    child.read("waiting")
    child.journal(called(8, "add"), done(8, 6, ms=1767225607000))
    child.read("result")
    child.exited()


SCENES: list[Callable[[Agent], None]] = [
    one_task,
    a_task_that_raises,
    a_task_that_exits,
    code_that_does_not_import,
    a_single_process,
    a_workflow,
    a_replay,
    a_replay_that_diverges,
    waits_and_runs,
    a_rolling_loop,
]


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for scene in SCENES:
        with Agent(artifact_command()) as agent:
            scene(agent)
            home = str(agent.home)
        lines = [json.dumps(step, ensure_ascii=False) for step in agent.transcript]
        text = "\n".join(lines).replace(home, "/tmp/home") + "\n"
        (FOLDER / f"{scene.__name__}.jsonl").write_text(text, encoding="utf-8")
        print(f"{scene.__name__}: {len(lines)} frames")


if __name__ == "__main__":
    main()
