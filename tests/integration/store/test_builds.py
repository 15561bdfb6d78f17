"""What builds say, told to all who look on; what a version is made of."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

from tests.integration.store.hands import Hands

from salt_core.artifacts.contents import dependencies
from salt_core.model.workflow import Artifact, Version


async def test_what_a_build_says_is_read_from_where_one_was(hands: Hands) -> None:
    await hands.store.tell_build("wf", ["one", "two"])
    first = await hands.store.build_output("wf")
    assert [line.text for line in first] == ["one", "two"]
    await hands.store.tell_build("wf", ["three \udcff"])
    await hands.store.tell_build("other", ["not of this one"])
    (line,) = await hands.store.build_output("wf", first[-1].id)
    assert line.text == "three \udcff"
    assert line.at >= first[-1].at
    last = await hands.store.build_output("wf", limit=2)
    assert [line.text for line in last] == ["two", "three \udcff"]
    assert await hands.redis.ttl(hands.store.keys.prefix + "build:wf") > 0
    heard = await hands.redis.xrange(hands.store.keys.prefix + "changes")
    assert [one[b"key"] for _, one in heard if one[b"kind"] == b"build"] == [b"wf", b"wf", b"other"]


async def test_a_version_keeps_what_it_is_made_of(hands: Hands, tmp_path: Path) -> None:
    file = tmp_path / "main.pex"
    held = {"pandas-2.2.3-cp311-cp311-linux.whl": "aa", "typing_extensions-4.12.2-py3-none.whl": ""}
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("PEX-INFO", json.dumps({"distributions": held}))
    needs = dependencies(file)
    assert needs == ("pandas 2.2.3", "typing-extensions 4.12.2")
    version = Version("wf", "v", Artifact("pex", "d", 1, "", "any", ()), {}, dependencies=needs)
    await hands.store.register(version, {})
    found = await hands.store.version("wf", "v")
    assert found is not None
    assert found.dependencies == needs


def test_a_file_that_tells_nothing_has_no_dependencies(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("no zip")
    assert dependencies(tmp_path / "x") == ()
    assert dependencies(tmp_path / "gone") == ()
