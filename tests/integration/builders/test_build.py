"""Builds with the real uv and the real pex, and dependencies from the real index."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest
from tests.integration.builders.conftest import MakeProject

from salt_core.artifacts import clean_environment, command, find_python, unpack
from salt_core.builders import Built, build
from salt_core.builders.assembly import run_pex
from salt_core.builders.sources import read_sources
from salt_core.builders.target import find_target
from salt_core.builders.wheel import Wheel
from salt_core.config import Config
from salt_core.errors import BadInput, BuildFailed, SaltError
from salt_core.project import read_project

pytestmark = pytest.mark.integration

ODD = {
    "src/flow/deep/er/x.py": b"x = 1\n",
    "src/flow/data/große Tabelle.csv": b"a;b\n",
    "src/flow/data/blob.bin": bytes(range(256)) * 4096,
    "src/flow/data/empty": b"",
    "src/flow/data.txt": b"sorts between a folder and its files",
    "src/Upper.py": b"",
    "src/zz.py": b"",
}


def run_artifact(path: Path, cache: Path, *arguments: str) -> object:
    unpacked = unpack(path, cache)
    answer = subprocess.run(
        command(unpacked, *arguments),
        env=clean_environment(),
        cwd=path.parent,
        capture_output=True,
        check=True,
        text=True,
    )
    return json.loads(answer.stdout.strip().rpartition("\n")[2])


def scratch(folder: Path) -> list[str]:
    """What a build would have left behind."""
    made = [path for path in folder.rglob(".*") if ".making-" in path.name or ".main" in path.name]
    return [str(path) for path in made]


def test_an_artifact_runs_and_tells_what_it_holds(
    project: MakeProject, session_config: Config
) -> None:
    folder = project(dependencies=("six",), imports="six")
    lines: list[str] = []
    built = build(folder, session_config, report=lines.append)
    assert built.path == folder / "dist" / "main.pex"
    assert built.workflow == built.settings["workflow"] == "flow"
    assert [one["name"] for one in built.described["tasks"]] == ["double"]
    assert built.artifact.size == built.path.stat().st_size
    assert built.artifact.python == ">=3.11,<3.12"
    assert built.artifact.platform == "any"
    assert any("Making the dependency layer" in line for line in lines)
    assert (folder / "uv.lock").is_file()
    value = {"doubled": 14, "from": "six"}
    assert run_artifact(built.path, session_config.cache, "run", "flow", "n=3") == value
    # The file is a PEX like any other: it also runs by itself.
    alone = subprocess.run(
        [find_python(">=3.11,<3.12"), str(built.path), "run", "flow", "n=3"],
        env={"PATH": os.defpath, "HOME": str(folder), "PEX_ROOT": str(folder / "pex")},
        capture_output=True,
        check=True,
        text=True,
    )
    assert json.loads(alone.stdout.strip().rpartition("\n")[2]) == value


def test_what_is_linked_is_what_pex_writes(
    project: MakeProject, session_config: Config, tmp_path: Path
) -> None:
    folder = project(dependencies=("six",), imports="six")
    for name, data in ODD.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    (folder / "src/flow/main.py").chmod(0o755)
    built = build(folder, session_config)
    assert len(built.artifact.parts) == 4

    cache = session_config.cache / "builder"
    of_project = read_project(folder)
    wheels = [
        Wheel(name, path.name.split("-")[1], path, "")
        for name, pattern in (("six", "downloads/*/six-*.whl"), ("salt-sdk", "sdk/*/*.whl"))
        for path in [max(cache.glob(pattern), key=os.path.getmtime)]
    ]
    by_pex = tmp_path / "pex.pex"
    files = read_sources(of_project, "flow.main:flow", "flow")
    run_pex(wheels, files, find_target(of_project, cache), by_pex, cache, lambda line: None)
    assert built.path.read_bytes() == by_pex.read_bytes()


def test_two_clean_copies_give_the_same_bytes(
    project: MakeProject, session_config: Config, tmp_path: Path
) -> None:
    folder = project(dependencies=("six",), imports="six")
    first = build(folder, session_config)
    shutil.rmtree(folder / "dist")
    copy = shutil.copytree(folder, tmp_path / "elsewhere" / "other-name")
    for path in copy.rglob("*"):
        os.utime(path, (1, 1))
    other = Config(home=tmp_path, cache=tmp_path / "cache", runtime=tmp_path)
    second = build(copy, other, tmp_path / "out" / "x.pex")
    assert second.artifact == first.artifact
    assert second.reused == ()
    assert not scratch(tmp_path)


def test_a_changed_line_makes_only_the_sources_anew(
    project: MakeProject, session_config: Config
) -> None:
    folder = project(dependencies=("six",), imports="six")
    first = build(folder, session_config)
    again = build(folder, session_config)
    assert again.artifact == first.artifact
    assert again.reused == ("dependencies", "description", "lock")
    source = folder / "src" / "flow" / "main.py"
    source.write_text(source.read_text().replace("n * 2", "n * 3"))
    changed = build(folder, session_config)
    assert changed.reused == ("dependencies", "lock")
    parts = list(zip(first.artifact.parts, changed.artifact.parts, strict=True))
    assert [old == new for old, new in parts] == [True, False, True, False]
    value = {"doubled": 9, "from": "six"}
    assert run_artifact(changed.path, session_config.cache, "run", "flow", "n=1") == value


def test_a_changed_requirement_is_locked_anew(project: MakeProject, session_config: Config) -> None:
    folder = project(dependencies=("six<1.17",), imports="six")
    build(folder, session_config)
    text = (folder / "pyproject.toml").read_text()
    (folder / "pyproject.toml").write_text(text.replace("six<1.17", "six==1.17.0"))
    changed = build(folder, session_config)
    assert "lock" not in changed.reused
    assert 'version = "1.17.0"' in (folder / "uv.lock").read_text()


def test_without_an_entrypoint_the_only_workflow_is_taken(
    project: MakeProject, session_config: Config
) -> None:
    folder = project()
    (folder / "salt.yaml").unlink()
    assert build(folder, session_config).settings["entrypoint"] == "flow.main:flow"


@pytest.mark.parametrize(
    ("flow", "line", "words"),
    [
        ("import json\nimport not_there\n", 2, "ModuleNotFoundError: No module named 'not_there'"),
        ("def flow(:\n", 1, "SyntaxError"),
        ("x = 1\nraise RuntimeError('no')\n", 2, "RuntimeError: no"),
    ],
)
def test_code_that_does_not_import_breaks_the_build_and_leaves_the_artifact(
    project: MakeProject, session_config: Config, flow: str, line: int, words: str
) -> None:
    folder = project()
    built = build(folder, session_config)
    before = built.path.read_bytes()
    source = folder / "src" / "flow" / "main.py"
    source.write_text(flow)
    with pytest.raises(BuildFailed) as caught:
        build(folder, session_config)
    assert str(caught.value).startswith(f"{source}:{line}: ")
    assert words in str(caught.value)
    assert built.path.read_bytes() == before
    assert not scratch(folder)
    assert not scratch(session_config.cache)


def test_an_import_finds_the_variables_of_salt_yaml_and_none_of_ours(
    project: MakeProject, session_config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    flow = "import os\nassert 'AWS_SECRET_ACCESS_KEY' not in os.environ\nos.environ['MODE']\n"
    folder = project(flow=flow + "from salt_sdk import workflow\n\n@workflow\ndef flow(): ...\n")
    with pytest.raises(BuildFailed, match=r"main\.py:3: KeyError: 'MODE'"):
        build(folder, session_config)
    (folder / "salt.yaml").write_text("entrypoint: flow.main:flow\nenv: {MODE: fast}\n")
    assert build(folder, session_config).settings["env"] == {"MODE": "fast"}


def test_an_entrypoint_that_is_no_workflow_breaks_the_build(
    project: MakeProject, session_config: Config
) -> None:
    folder = project()
    (folder / "salt.yaml").write_text("entrypoint: flow.main:double\n")
    with pytest.raises(BuildFailed, match=r"flow\.main:double"):
        build(folder, session_config)


def test_a_requirement_that_does_not_exist_is_named_with_its_line(
    project: MakeProject, session_config: Config
) -> None:
    folder = project(dependencies=("six", "salt-no-such-distribution>=1"))
    with pytest.raises(BuildFailed) as caught:
        build(folder, session_config)
    said = str(caught.value)
    assert said.startswith(f"{folder}/pyproject.toml:7: salt-no-such-distribution>=1 cannot be met")
    assert "not found" in said
    assert not (folder / "dist").exists()


def test_a_requirement_that_is_none_is_named_with_its_line(
    project: MakeProject, session_config: Config
) -> None:
    folder = project(dependencies=("six >> 3",))
    with pytest.raises(BadInput, match="'six >> 3' is not a requirement") as caught:
        build(folder, session_config)
    assert caught.value.line == 6


def test_a_python_that_is_not_here_is_named_with_its_line(
    project: MakeProject, session_config: Config
) -> None:
    folder = project(python=">=3.98")
    with pytest.raises(BadInput, match=r"No Python here satisfies >=3\.98") as caught:
        build(folder, session_config)
    assert (caught.value.line, caught.value.key) == (4, "requires-python")


def _other_python() -> str | None:
    own = sys.version_info[1]
    for minor in (12, 13, 10, 9, 14):
        if minor != own:
            try:
                return f"3.{minor}" if find_python(f"==3.{minor}.*") else None
            except BadInput:
                continue
    return None


def test_another_python_than_ones_own_is_built_for(
    project: MakeProject, session_config: Config
) -> None:
    other = _other_python()
    if other is None:
        pytest.skip("no second Python is installed")
    flow = "import sys, markupsafe._speedups\nfrom salt_sdk import workflow\n\n@workflow\n"
    flow += "def flow() -> str:\n    return '%d.%d' % sys.version_info[:2]\n"
    requires = f">={other},<3.{int(other[2:]) + 1}"
    folder = project(dependencies=("markupsafe",), python=requires, flow=flow)
    built = build(folder, session_config)
    assert built.artifact.python == requires
    assert built.artifact.platform.startswith(("linux_", "macosx_"))
    assert len(built.artifact.parts) == 4
    assert run_artifact(built.path, session_config.cache, "run", "flow") == other


def test_a_distribution_without_a_wheel_is_built(
    project: MakeProject, session_config: Config
) -> None:
    folder = project(dependencies=("docopt==0.6.2",), imports="docopt")
    built = build(folder, session_config)
    value = {"doubled": 6, "from": "docopt"}
    assert run_artifact(built.path, session_config.cache, "run", "flow") == value


def test_a_local_dependency_counts_by_its_content(
    project: MakeProject, session_config: Config, tmp_path: Path
) -> None:
    library = tmp_path / "library"
    (library / "src" / "mine").mkdir(parents=True)
    (library / "pyproject.toml").write_text(
        '[project]\nname = "mine"\nversion = "1"\n[build-system]\n'
        'requires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'
    )
    (library / "src" / "mine" / "__init__.py").write_text("VALUE = 1\n")
    flow = "import mine\nfrom salt_sdk import workflow\n\n@workflow\ndef flow() -> int:\n"
    folder = project(
        dependencies=("mine",),
        flow=flow + "    return mine.VALUE\n",
        more='[tool.uv.sources]\nmine = { path = "../library" }\n',
    )
    first = build(folder, session_config)
    assert run_artifact(first.path, session_config.cache, "run", "flow") == 1
    assert "dependencies" in build(folder, session_config).reused
    (library / "src" / "mine" / "__init__.py").write_text("VALUE = 2\n")
    second = build(folder, session_config)
    assert run_artifact(second.path, session_config.cache, "run", "flow") == 2


def test_names_that_cannot_be_linked_are_left_to_pex(
    project: MakeProject, session_config: Config
) -> None:
    folder = project()
    linked = build(folder, session_config)
    (folder / "src" / "!first.txt").write_text("sorts before the dependencies")
    built = build(folder, session_config)
    assert len(linked.artifact.parts) == 4
    assert built.artifact.parts == ((built.artifact.digest, built.artifact.size),)
    assert run_artifact(built.path, session_config.cache, "run", "flow") == {
        "doubled": 6,
        "from": "json",
    }


def test_a_pex_that_writes_otherwise_is_used_as_it_is(project: MakeProject, tmp_path: Path) -> None:
    own = Config(home=tmp_path, cache=tmp_path / "cache", runtime=tmp_path)
    folder = project()
    linked = build(folder, own)
    (facts,) = (own.cache / "builder" / "layers").glob("*/layer.json")
    facts.write_text(facts.read_text().replace('"relinks": true', '"relinks": false'))
    by_pex = build(folder, own)
    assert by_pex.artifact.digest == linked.artifact.digest
    assert len(by_pex.artifact.parts) == 1


def _build(folder: Path, config: Config) -> Built:
    return build(folder, config)


def test_builds_at_once_wait_for_each_other(project: MakeProject, tmp_path: Path) -> None:
    own = Config(home=tmp_path, cache=tmp_path / "cache", runtime=tmp_path)
    folders = [project("a", dependencies=("six",), imports="six")] * 3
    folders.append(project("b", dependencies=("six",), imports="six"))
    with ProcessPoolExecutor(4) as pool:
        found = list(pool.map(_build, folders, [own] * 4))
    assert len({built.artifact.digest for built in found}) == 1
    assert len(list((own.cache / "builder" / "layers").iterdir())) == 1
    assert not scratch(tmp_path)


def test_a_full_disk_is_one_sentence_and_the_artifact_stays(
    project: MakeProject, session_config: Config, tmp_path: Path
) -> None:
    small = tmp_path / "small"
    small.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=6m", "none", str(small)]
    if os.getuid() or subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("a small file system cannot be mounted here")
    try:
        folder = project()
        output = small / "main.pex"
        first = build(folder, session_config, output)
        (folder / "src" / "flow" / "large.bin").write_bytes(os.urandom(4 << 20))
        with pytest.raises(SaltError, match=f"The disk is full: {small} cannot be written"):
            build(folder, session_config, output)
        assert output.stat().st_size == first.artifact.size
        assert os.listdir(small) == ["main.pex"]
        assert run_artifact(output, session_config.cache, "run", "flow")
    finally:
        subprocess.run(["umount", str(small)], check=True)
