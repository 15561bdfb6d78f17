"""The spool file: whole records, named by the token, found again after a death."""

from __future__ import annotations

from pathlib import Path

from salt_agent.spool import Spool, archive_prefix, chunk_key, file_name, read_file_name
from salt_core.ids import slot_run_id
from salt_core.model.lease import Token

TOKEN = Token(slot_run_id("nightly.0a1b2c3d", 1_790_000_000_000), "12", 3, "0123456789abcdef" * 2)


def test_nothing_printed_makes_no_file(tmp_path: Path) -> None:
    spool = Spool(tmp_path, TOKEN)
    spool.remove()
    assert list(tmp_path.iterdir()) == []


def test_reads_end_at_a_record(tmp_path: Path) -> None:
    spool = Spool(tmp_path, TOKEN)
    spool.append(b"1 o one\n")
    spool.append(b"2 o two\n3 e three\n")
    assert spool.read(0, 10) == b"1 o one\n"
    assert spool.read(8, 100) == b"2 o two\n3 e three\n"
    assert spool.read(0, 5) == b""
    spool.remove()
    assert list(tmp_path.iterdir()) == []


def test_a_name_tells_the_token(tmp_path: Path) -> None:
    assert read_file_name(file_name(TOKEN)) == TOKEN
    assert read_file_name("lock") is None
    assert read_file_name("a~b~c~d") is None


def test_what_a_dead_agent_left_ends_at_its_last_whole_record(tmp_path: Path) -> None:
    spool = Spool(tmp_path, TOKEN)
    spool.append(b"1 o one\n2 o tw")
    spool.close()
    again = Spool.reopen(tmp_path, TOKEN)
    assert again.size == len(b"1 o one\n")
    assert again.read(0, 100) == b"1 o one\n"
    again.remove()
    assert list(tmp_path.iterdir()) == []


def test_names_in_the_archive_sort_by_offset() -> None:
    prefix = archive_prefix(TOKEN)
    assert prefix == f"logs/{TOKEN.run}/12/3-01234567/"
    keys = [chunk_key(prefix, start, start + 10) for start in (0, 10, 10**9)]
    assert keys == sorted(keys)
    assert keys[1] == prefix + "0000000000000010-0000000000000020"
