"""Fit a curve: each turn of a rolling loop refines it, until it does not change any more."""

from __future__ import annotations

from dataclasses import dataclass

from fit import curve
from fit.curve import Curve, Normal
from salt_sdk import loop, task, workflow


@dataclass
class Fitted:
    a: float
    b: float
    squares: float
    turns: int
    converged: bool


@task(retries=2)
def parts(count: int) -> list[list[tuple[float, float]]]:
    points = curve.points()
    return [points[first::count] for first in range(count)]


@task
def normal(part: list[tuple[float, float]], at: Curve) -> Normal:
    return curve.normal(part, at)


@workflow
def fit(
    a: float = 250.0, b: float = 0.0005, tolerance: float = 1e-10, most: int = 100, split: int = 3
) -> Fitted:
    data = parts(split)
    converged = False
    squares = 0.0
    # A turn's calls are forgotten at its end: a million turns need no more memory than one.
    for turn in (state := loop(Curve(a, b), of=Curve)):
        shares = normal.map(data, at=state.value)
        state.value, change, squares = curve.refined(state.value, shares)
        converged = change < tolerance
        if converged or turn >= most:
            break
    return Fitted(state.value.a, state.value.b, squares, turn, converged)


if __name__ == "__main__":
    fit.cli()
