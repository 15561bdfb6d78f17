"""What the distributions hold beside Python modules, and what the table of commands promises."""

from __future__ import annotations

import json
import re
import tomllib
from importlib import import_module
from importlib.metadata import distribution, entry_points
from importlib.resources import files
from inspect import isfunction
from pathlib import Path
from urllib.parse import unquote

import pytest
import typer

from salt_core import __version__, errors
from salt_core.cli.table import ALIASES, COMMANDS

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("package", ["salt_core", "salt_agent", "salt_tui", "salt_sdk"])
def test_every_package_is_typed(package: str) -> None:
    assert files(package).joinpath("py.typed").is_file()


def test_the_stores_scripts_are_package_data() -> None:
    scripts = [one.name for one in files("salt_core.store.redis").joinpath("lua").iterdir()]
    assert {"claim.lua", "complete.lua", "fire.lua", "recover.lua"} <= set(scripts)


def test_the_schema_of_salt_yaml_is_package_data() -> None:
    text = files("salt_core.project").joinpath("salt.schema.json").read_text(encoding="utf-8")
    assert json.loads(text)["title"] == "salt.yaml"


def test_the_distribution_says_its_version() -> None:
    assert distribution("salt-py").version == __version__


@pytest.mark.parametrize("name", ["salt", "salt-tui"])
def test_both_names_of_the_command_lead_to_its_root(name: str) -> None:
    (script,) = entry_points(group="console_scripts", name=name)
    assert script.value == "salt_core.cli.root:main"


def test_every_error_of_salts_has_its_exit_code() -> None:
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    assert all(issubclass(kind, errors.SaltError) for kind in kinds)
    assert {kind.exit_code for kind in kinds if issubclass(kind, errors.SaltError)} == {1, 2, 3}


@pytest.mark.parametrize("name", list(COMMANDS))
def test_every_command_is_where_the_table_says(name: str) -> None:
    module, _, attribute = COMMANDS[name].target.partition(":")
    found = getattr(import_module(module), attribute)
    assert isfunction(found) or isinstance(found, typer.Typer)


def test_the_base_install_is_an_agents() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    names = {re.split(r"[^a-z0-9-]", one)[0] for one in project["dependencies"]}
    assert names == {"boto3", "platformdirs", "pydantic", "redis", "typer"}


def test_the_readme_and_the_table_list_the_same_commands() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| `salt ([^`]+)` \|", readme, re.MULTILINE)
    wanted = [f"{name} {entry.usage}".strip() for name, entry in COMMANDS.items()]
    assert listed == wanted
    assert all(f"`salt {alias}`" in readme for alias in ALIASES)


@pytest.mark.parametrize("name", ["REDIS_URL", "S3_URL", "S3_ENDPOINT", "LEASE", "NAMESPACE"])
def test_the_readme_lists_every_setting(name: str) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert f"`SALT_{name}`" in readme


def test_what_the_readme_links_to_is_there() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    links = [unquote(link) for link in re.findall(r"\]\(([^):#]+)\)", readme)]
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []
