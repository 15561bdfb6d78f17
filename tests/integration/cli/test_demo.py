"""The tour, from nothing: real builds, the embedded backend, an agent, real figures."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.integration.cli.conftest import Salt

pytestmark = pytest.mark.integration


@pytest.mark.timeout(300)
def test_the_demo_twice(salt: Salt, salt_home: Path) -> None:
    (salt_home / "config.toml").unlink()  # so that its cache is empty
    first = salt("demo", wait_s=240)
    assert "wettest month: 2015-12, 284.5 mm" in first.out
    assert "best stock: GOOG, 35.6 % a year" in first.out
    assert "year_figures[" in first.out  # the live log
    assert first.out.rstrip().endswith("salt ui")

    second = salt("demo", "--json")
    weather, stocks = second.json["runs"]
    assert weather["result"]["pandas"].startswith("1.5.")
    assert [int(part) for part in stocks["result"]["pandas"].split(".")[:2]] >= [2, 2]
    assert weather["agents"] == stocks["agents"]
    assert weather["started"] < stocks["finished"] and stocks["started"] < weather["finished"]
    told = second.err.splitlines()
    for name in ("seattle-weather@", "stocks@"):
        (line,) = [one for one in told if one.strip().startswith(name)]
        assert "was registered" in line
        assert "lock" in line and "dependencies" in line

    tasks = salt("show", weather["run"], "--json").json["tasks"]
    assert all(one["attempts"][-1]["start"] in {"fork", "spawn"} for one in tasks)
    assert salt("agents", "--json").json == []  # the demo's own has ended with it
