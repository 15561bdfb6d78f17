"""Slots: months, leap days, and the nights on which clocks are set."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from salt_core.clock import iso, to_millis
from salt_core.model.schedule import Schedule
from salt_core.scheduler.slots import latest_slots, next_cron, next_slot, upcoming, zone


def ms(text: str) -> int:
    return to_millis(datetime.fromisoformat(text).replace(tzinfo=UTC))


def slots(line: str, timezone: str, start: str, count: int) -> list[str]:
    """``count`` slots after ``start`` (UTC), each as UTC to the minute."""
    at: int | None = ms(start)
    found = []
    for _ in range(count):
        assert at is not None
        at = next_cron(line, timezone, at)
        found.append((iso(at) or "")[5:16])
    return found


def schedule(**changes: object) -> Schedule:
    plain = Schedule("wf.0", "wf", None, 60.0, "UTC", "{}", next_due=ms("2026-01-01 00:00"))
    return replace(plain, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("line", "timezone", "start", "expected"),
    [
        # Rome: clocks go from 02:00 to 03:00 on 2026-03-29, from 03:00 to 02:00 on 2026-10-25
        ("30 2 * * *", "Europe/Rome", "2026-03-28", ["03-28T01:30", "03-29T01:00", "03-30T00:30"]),
        ("0,30 2 * * *", "Europe/Rome", "2026-03-29", ["03-29T01:00", "03-30T00:00"]),
        ("0 2,3 * * *", "Europe/Rome", "2026-03-29", ["03-29T01:00", "03-30T00:00"]),
        ("30 2 * * *", "Europe/Rome", "2026-10-24", ["10-24T00:30", "10-25T00:30", "10-26T01:30"]),
        ("0 3 * * *", "Europe/Rome", "2026-10-25", ["10-25T02:00", "10-26T02:00"]),
        ("*/20 2 * * *", "Europe/Rome", "2026-10-24 12:00",
         ["10-25T00:00", "10-25T00:20", "10-25T00:40", "10-26T01:00"]),
        # an hour of `*` is an hour that passes
        ("0 * * * *", "Europe/Rome", "2026-10-24 23:30",
         ["10-25T00:00", "10-25T01:00", "10-25T02:00"]),
        ("30 * * * *", "Europe/Rome", "2026-03-29 00:00",
         ["03-29T00:30", "03-29T01:30", "03-29T02:30"]),
        ("*/30 * 25 10 *", "Europe/Rome", "2026-10-24 22:45",
         ["10-24T23:00", "10-24T23:30", "10-25T00:00", "10-25T00:30", "10-25T01:00",
          "10-25T01:30", "10-25T02:00"]),
        # New York: 2026-03-08 and 2026-11-01
        ("30 2 * * *", "America/New_York", "2026-03-08", ["03-08T07:00", "03-09T06:30"]),
        ("30 1 * * *", "America/New_York", "2026-11-01", ["11-01T05:30", "11-02T06:30"]),
        # Lord Howe: half an hour; 02:00 to 01:30 on 2026-04-05, 02:00 to 02:30 on 2026-10-04
        ("45 1 * * *", "Australia/Lord_Howe", "2026-04-04 12:00", ["04-04T14:45", "04-05T15:15"]),
        ("15 2 * * *", "Australia/Lord_Howe", "2026-10-03 12:00", ["10-03T15:30", "10-04T15:15"]),
        ("*/15 * * * *", "Australia/Lord_Howe", "2026-04-04 14:30",
         ["04-04T14:45", "04-04T15:00", "04-04T15:15"]),
        # Cairo sets its clocks at midnight: 2026-04-24 has no 00:30
        ("30 0 * * *", "Africa/Cairo", "2026-04-23", ["04-23T22:00", "04-24T21:30"]),
        # Samoa had no 30 December in 2011
        ("0 12 * * *", "Pacific/Apia", "2011-12-29 20:00",
         ["12-29T22:00", "12-30T10:00", "12-30T22:00"]),
        # no changes: Kolkata, five hours and a half ahead
        ("0 0 1 * *", "Asia/Kolkata", "2026-01-15", ["01-31T18:30", "02-28T18:30", "03-31T18:30"]),
        ("0 0 31 * *", "UTC", "2026-01-01", ["01-31T00:00", "03-31T00:00", "05-31T00:00"]),
        ("0 0 29 2 *", "America/New_York", "2026-01-01", ["02-29T05:00"]),
        ("0 4 29 2 *", "Europe/Rome", "2096-03-01", ["02-29T03:00"]),
    ],
)  # fmt: skip
def test_slots(line: str, timezone: str, start: str, expected: list[str]) -> None:
    assert slots(line, timezone, start, len(expected)) == expected


ZONES = ["Europe/Rome", "America/New_York", "Australia/Lord_Howe", "America/Santiago",
         "Africa/Cairo", "Asia/Kathmandu", "Pacific/Chatham", "Atlantic/Azores"]  # fmt: skip


@pytest.mark.parametrize("timezone", ZONES)
def test_a_daily_appointment_is_kept_once_a_day_for_a_year(timezone: str) -> None:
    where = ZoneInfo(timezone)
    for line in ("30 0 * * *", "30 1 * * *", "30 2 * * *", "15 2 * * *"):
        at, end = ms("2026-01-01"), ms("2027-01-01")
        days = []
        while (following := next_cron(line, timezone, at)) is not None and following < end:
            assert following > at
            at = following
            days.append(datetime.fromtimestamp(at / 1000, where).date())
        assert days == [days[0] + timedelta(days=n) for n in range(len(days))]
        assert len(days) in (364, 365, 366)


@pytest.mark.parametrize("timezone", ZONES)
def test_every_quarter_of_an_hour_passes_once(timezone: str) -> None:
    at, end, where = ms("2026-01-01"), ms("2027-01-01"), zone(timezone)
    expected = [
        moment
        for moment in range(at + 60_000, end, 60_000)
        if datetime.fromtimestamp(moment / 1000, where).minute % 15 == 0
        and datetime.fromtimestamp(moment / 1000, where).second == 0
    ]
    found = []
    while (following := next_cron("*/15 * * * *", timezone, at)) is not None and following < end:
        found.append(at := following)
    assert found == expected


def test_an_interval_counts_absolute_time_from_its_anchor() -> None:
    one = schedule(every_s=5400.0, timezone="Europe/Rome", next_due=ms("2026-03-28 23:10"))
    assert [iso(slot) for slot in upcoming(one, ms("2026-03-28 23:00"), 3)] == [
        "2026-03-28T23:10:00.000Z",
        "2026-03-29T00:40:00.000Z",
        "2026-03-29T02:10:00.000Z",
    ]


@pytest.mark.parametrize("every_s", [1.0, 1.5, 0.1 * 17, 7.0, 86_400.0, 31_536_000.0])
def test_intervals_do_not_drift(every_s: float) -> None:
    one, every = schedule(every_s=every_s), round(every_s * 1000)
    for steps in (0, 1, 2, 999, 123_457):
        slot = one.next_due + steps * every
        assert next_slot(one, slot) == slot + every
        assert next_slot(one, slot - 1) == slot
        assert next_slot(one, slot + 1) == slot + every


def test_upcoming_begins_with_the_cursor_and_leaves_out_what_is_past() -> None:
    one = schedule(every_s=60.0)
    start = one.next_due
    assert upcoming(one, start - 10_000, 2) == [start, start + 60_000]
    assert upcoming(one, start + 90_000, 2) == [start + 120_000, start + 180_000]


def test_the_newest_slots_of_a_long_outage_are_found_at_once() -> None:
    daily = schedule(every_s=None, cron="0 2 * * *", next_due=ms("2000-01-01 02:00"))
    now = ms("2026-06-01 12:00")
    assert [iso(slot) for slot in latest_slots(daily, now, 2)] == [
        "2026-05-31T02:00:00.000Z",
        "2026-06-01T02:00:00.000Z",
    ]
    secondly = schedule(every_s=1.0, next_due=ms("2000-01-01"))
    assert latest_slots(secondly, now, 1000) == [now - n * 1000 for n in range(999, -1, -1)]
    assert latest_slots(secondly, secondly.next_due + 1500, 5) == [
        secondly.next_due,
        secondly.next_due + 1000,
    ]


def test_a_schedule_may_end() -> None:
    assert next_cron("0 0 31 12 *", "UTC", ms("9999-12-31 01:00")) is None


def test_a_time_zone_that_is_none_is_refused() -> None:
    for name in ("Europe/Roma", "../etc/passwd", "", "Mars"):
        with pytest.raises(ValueError, match="is not a time zone"):
            zone(name)
