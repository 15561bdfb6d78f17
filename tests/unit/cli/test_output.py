"""What may reach a terminal, and what may not."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from salt_core.cli.output import TablePages, as_json, one_line, print_table, sanitize


@pytest.mark.parametrize(
    ("foreign", "shown"),
    [
        ("plain", "plain"),
        ("tab\tand\nline", "tab\tand\nline"),
        ("Grüße, 東京, 🎉", "Grüße, 東京, 🎉"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b[2J\x1b[Hgone", "gone"),
        ("\x1b]0;my title\x07text", "text"),
        ("\x1b]8;;http://evil\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x9b31mc1", "c1"),
        ("\x1bPq#0\x1b\\sixel", "sixel"),
        ("\x1bcreset", "reset"),
        ("lone \x1b", "lone "),
        ("over\rwrite\x08\x7f\x00", "overwrite"),
        ("abc\u202egnp.exe", "abcgnp.exe"),
        ("zero\u200bwidth\ufeff\u2066x\u2069", "zerowidthx"),
        ("line\u2028sep", "linesep"),
        ("half\udcff", "half"),
        ("tag\U000e0041", "tag"),
    ],
)
def test_foreign_text_cannot_steer_the_terminal(foreign: str, shown: str) -> None:
    assert sanitize(foreign) == shown


def test_colours_stay_when_asked_for_and_end_with_the_text() -> None:
    text = "\x1b[1;31mred\x1b[2K \x1b]0;t\x07still"
    assert sanitize(text, colours=True) == "\x1b[1;31mred still\x1b[0m"
    assert sanitize("\x1b[1mred\x1b[0m", colours=True) == "\x1b[1mred\x1b[0m"
    assert sanitize("plain\x07", colours=True) == "plain"


def test_one_line_joins_lines() -> None:
    assert one_line(" a\n\tb\x1b[1m c ") == "a b c"


def test_json_hides_nothing_and_stays_json() -> None:
    value = {"text": "\x1b[31m\x9b\u202e\u200b\U000e0041é\n", "half": "\udcff"}
    text = as_json(value, indent=2)
    assert json.loads(text) == value
    assert "é" in text
    assert sanitize(text) == text


def test_a_table_lines_up(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(["NAME", "N", "NOTE"], [("a", 5, None), ("東京", 12, "x\x1b[2Jy")])
    assert capsys.readouterr().out.splitlines() == [
        "NAME   N  NOTE",
        "a      5  -",
        "東京  12  xy",
    ]


def test_a_table_in_pages_has_one_head_and_may_widen(capsys: pytest.CaptureFixture[str]) -> None:
    table = TablePages(["N", "NAME"])
    table.print([(1, "a")])
    table.print([(2, "longer")])
    table.print([(300, "b")])
    assert capsys.readouterr().out.splitlines() == ["N  NAME", "1  a", "2  longer", "300  b"]


def test_a_reader_that_goes_away_is_no_error() -> None:
    code = "from salt_core.cli.output import say\nwhile True: say('line')"
    writer = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert writer.stdout is not None and writer.stderr is not None
    writer.stdout.readline()
    writer.stdout.close()
    with writer.stderr:
        assert writer.stderr.read() == b""
    assert writer.wait(timeout=10) == 141
