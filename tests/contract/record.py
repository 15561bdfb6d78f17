"""Record the transcripts anew: ``python -m tests.contract.record``. Read the diff before it is kept."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from tests.contract.driver import Agent, artifact_command, called, done, failed

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


SCENES: list[Callable[[Agent], None]] = [
    one_task,
    a_task_that_raises,
    a_task_that_exits,
    code_that_does_not_import,
    a_single_process,
    a_workflow,
    a_replay,
    a_replay_that_diverges,
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
