"""Recorded conversations, replayed by both sides: they share these, and no code."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.contract.driver import Agent, artifact_command, check, stable
from tests.contract.record import FOLDER, SCENES

from salt_core.wire import messages

FILES = sorted(FOLDER.glob("*.jsonl"))


def steps_of(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def test_every_scene_is_recorded() -> None:
    assert {file.stem for file in FILES} == {scene.__name__ for scene in SCENES}


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.__name__)
def test_the_artifact_says_again_what_was_recorded(scene: Any) -> None:
    with Agent(artifact_command()) as agent:
        scene(agent)
    recorded = steps_of(FOLDER / f"{scene.__name__}.jsonl")
    assert stable(agent.transcript) == stable(recorded)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_recorded_frames_fit_the_schema(file: Path) -> None:
    for step in steps_of(file):
        check(step["message"], "fromAgent" if step["from"] == "agent" else "fromArtifact")


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_platform_reads_what_artifacts_said(file: Path) -> None:
    for step in steps_of(file):
        if step["from"] == "artifact":
            read = messages.read(json.dumps(step["message"]).encode())
            assert read is not None
            assert read.model_dump(mode="json", exclude_unset=True) == step["message"]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_platform_writes_what_agents_said(file: Path) -> None:
    for step in steps_of(file):
        if step["from"] == "agent":
            assert json.loads(_written(step["message"])) == step["message"]


def _written(message: dict[str, Any]) -> bytes:
    fields = {key: value for key, value in message.items() if key != "type"}
    match message["type"]:
        case "fork":
            return messages.fork(**fields)
        case "task":
            fields["results"] = {int(seq): text for seq, text in fields["results"].items()}
            return messages.task(**fields)
        case "workflow":
            fields["entries"] = [messages.read_entry(entry) for entry in fields.pop("journal")]
            return messages.workflow(**fields)
        case "journal":
            fields["entries"] = [messages.read_entry(entry) for entry in fields["entries"]]
            return messages.journal(**fields)
    raise AssertionError(message)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (b"", "Invalid JSON"),
        (b"{", "Invalid JSON"),
        (b"[]", "frame"),
        (b'{"a":1}', "type"),
        (b'{"type":"result"}', "result.value"),
        (b'{"type":"result","value":1}', "result.value"),
        (b'{"type":"call","calls":[{"seq":0,"name":"x","input":"{}"}]}', "call.calls.0.seq"),
        (
            b'{"type":"call","calls":[{"seq":1,"name":"x","input":"","policy":{"jitter":2}}]}',
            "jitter",
        ),
    ],
)
def test_a_bad_frame_is_one_sentence_for_the_platform(line: bytes, says: str) -> None:
    with pytest.raises(ValueError, match="bad message") as caught:
        messages.read(line)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_newer_artifact_is_understood_as_far_as_it_can_be() -> None:
    assert messages.read(b'{"type":"weather","value":"fine"}') is None
    read = messages.read(b'{"type":"waiting","entries":3,"until":"tomorrow"}')
    assert read == messages.Waiting(entries=3)
