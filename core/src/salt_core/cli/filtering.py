"""The filter line: ``status:failed,running wf:etl* -trigger:schedule since:2d took:>5m words``.

One language for the console's lists and for ``salt runs --filter``. Terms are joined by "and",
values of one term with commas between by "or"; a minus in front turns a term round.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from salt_core.cli.words import parse_since
from salt_core.clock import from_millis, parse_duration
from salt_core.errors import BadInput
from salt_core.model.query import Field, Pattern, RunQuery, Span, Term
from salt_core.model.status import RunStatus

HINT = "status:failed  wf:NAME  since:2d  took:>5m  -trigger:schedule  or any words"

_TERM = re.compile(r'(-?)(?:(\w+):)?(?:"([^"]*)"?|(\S*))')
_ALIASES = {"wf": "workflow", "state": "status", "run": "id", "dur": "took"}
_TEXTS = ("id", "workflow", "status", "trigger", "version", "error")
_OPEN = {"id", "version"}
"""Fields of which the beginning is enough."""
_TIMES = ("since", "until", "ended")
NAMES: Mapping[str, str] = {
    "status": "how it is",
    "wf": "its workflow; * stands for anything",
    "since": "created since 2h, 7d, 2026-01-31",
    "until": "created before that",
    "ended": "ended since",
    "took": "longer than >5m, shorter than <10s",
    "trigger": "what made it",
    "version": "how its version begins",
    "id": "how its id begins",
    "error": "words of its error",
}
"""Each field, and what it is about."""
_EXAMPLES = {
    "since": ("1h", "24h", "7d"),
    "until": ("1h", "24h", "7d"),
    "ended": ("1h", "24h", "7d"),
    "took": (">1m", ">10m", ">1h", "<10s"),
}


def parse(text: str, now: int, *, workflow: str | None = None) -> RunQuery:
    """Read a filter line.

    Args:
        now: Unix ms, from which ``since:2d`` counts back.
        workflow: Of a list that shows one workflow's runs only.

    Raises:
        BadInput: A field or its value is none that runs have; says which there are.
    """
    query = RunQuery(workflow=workflow)
    for minus, name, quoted, bare in _TERM.findall(text):
        value = quoted or bare
        if not value:
            continue
        field = _ALIASES.get(name, name)
        if field in _TIMES or field == "took":
            if minus:
                raise BadInput(f"{name} cannot be turned round with a minus.", key=name)
            query = _bounded(query, field, value, now)
        elif not field or field in _TEXTS:
            query = replace(query, terms=(*query.terms, _term(field, value, bool(minus), quoted)))
        else:
            raise BadInput(f"No field {name}: there are {' '.join(NAMES)}.", key=name)
    return query


def _term(field: str, value: str, negated: bool, quoted: str) -> Term:
    if not field:
        return Term(Field.ANY, (_has(value),), negated)
    values = [value] if quoted else [one for one in value.split(",") if one]
    if field == "status":
        for one in values:
            if one not in list(RunStatus):
                raise BadInput(f"status is one of {' '.join(RunStatus)}.", key=field)
    read: Callable[[str], Pattern] = Pattern.of
    if field == "error":
        read = _has
    elif field in _OPEN:
        read = lambda one: Pattern.of(f"{one}*")
    return Term(Field(field), tuple(map(read, values)), negated)


def _has(text: str) -> Pattern:
    return Pattern(("", *Pattern.of(text).pieces, ""))


def _bounded(query: RunQuery, field: str, value: str, now: int) -> RunQuery:
    if field == "took":
        return replace(query, took=_took(query.took, value))
    moment = parse_since(value, from_millis(now), option=field)
    if field == "since":
        return replace(query, created=replace(query.created, least=moment))
    if field == "until":
        return replace(query, created=replace(query.created, most=moment))
    return replace(query, finished=Span(moment))


def _took(span: Span, value: str) -> Span:
    sign, text = (value[0], value[1:].lstrip("=")) if value[0] in "<>" else (">", value)
    try:
        bound = round(parse_duration(text) * 1000)
    except ValueError:
        raise BadInput(f"took:{value} is none such as took:>5m or took:<10s.", key="took") from None
    return replace(span, least=bound) if sign == ">" else replace(span, most=bound)


@dataclass(frozen=True, slots=True)
class Candidate:
    """What could stand where one types: the whole line with it, and what it is."""

    line: str
    shown: str
    about: str = ""


def complete(text: str, known: Mapping[str, Iterable[str]]) -> list[Candidate]:
    """What the last word of a filter line may become, the likeliest first.

    Args:
        known: For fields (``workflow``, ``trigger`` …) the values that there are.
    """
    head, _, word = text.rpartition(" ")
    head = f"{head} " if head else ""
    minus = "-" if word.startswith("-") else ""
    name, colon, value = word[len(minus) :].partition(":")
    if not colon:
        return [
            Candidate(f"{head}{minus}{field}:", f"{field}:", about)
            for field, about in NAMES.items()
            if field.startswith(name) and not (minus and field in (*_TIMES, "took"))
        ]
    field = _ALIASES.get(name, name)
    values = list(RunStatus) if field == "status" else known.get(field, _EXAMPLES.get(field, ()))
    before, comma, begun = value.rpartition(",")
    begun = begun.casefold()
    likely = sorted((v for v in values if begun in v), key=lambda v: not v.startswith(begun))
    start = f"{head}{minus}{name}:{before}{comma}"
    return [Candidate(f"{start}{one}", one) for one in likely if one != begun]
