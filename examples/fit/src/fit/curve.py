"""Least squares for ``volume = a * (1 - exp(-b * pressure))``, one Gauss-Newton step at a time."""

import csv
from dataclasses import dataclass
from importlib.resources import files
from math import exp


@dataclass
class Curve:
    a: float
    b: float


@dataclass
class Normal:
    """What a part of the points adds to the normal equations, and to the sum of squares."""

    aa: float
    ab: float
    bb: float
    ra: float
    rb: float
    squares: float


def points() -> list[tuple[float, float]]:
    """Volume and pressure of monomolecular adsorption (NIST StRD, Misra1a)."""
    text = files("fit").joinpath("misra1a.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines())
    return [(float(row["volume"]), float(row["pressure"])) for row in rows]


def normal(part: list[tuple[float, float]], curve: Curve) -> Normal:
    """The share of some points."""
    total = Normal(0, 0, 0, 0, 0, 0)
    for volume, pressure in part:
        fallen = exp(-curve.b * pressure)
        by_a, by_b = 1 - fallen, curve.a * pressure * fallen
        rest = volume - curve.a * by_a
        total.aa += by_a * by_a
        total.ab += by_a * by_b
        total.bb += by_b * by_b
        total.ra += by_a * rest
        total.rb += by_b * rest
        total.squares += rest * rest
    return total


def refined(curve: Curve, parts: list[Normal]) -> tuple[Curve, float, float]:
    """A better curve, the change relative to it, and the sum of squares before."""
    aa, ab, bb = (sum(getattr(p, name) for p in parts) for name in ("aa", "ab", "bb"))
    ra, rb = sum(p.ra for p in parts), sum(p.rb for p in parts)
    det = aa * bb - ab * ab
    step_a, step_b = (bb * ra - ab * rb) / det, (aa * rb - ab * ra) / det
    new = Curve(curve.a + step_a, curve.b + step_b)
    return new, max(abs(step_a / new.a), abs(step_b / new.b)), sum(p.squares for p in parts)
