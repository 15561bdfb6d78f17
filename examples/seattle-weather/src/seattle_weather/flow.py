"""The wettest month of Seattle, and the day's rain above which half of all rain falls.

One task for each year, side by side; then a loop that narrows a threshold until the data agree.
"""

from __future__ import annotations

import pandas as pd

from salt_sdk import task, workflow
from seattle_weather import figures
from seattle_weather.figures import YearFigures


@task(retries=2, timeout="2m")
def years() -> list[int]:
    found = sorted(figures.load()["date"].dt.year.unique().tolist())
    print(f"pandas {pd.__version__}: years {found[0]} to {found[-1]}")
    return found


@task(retries=2, timeout="2m")
def year_figures(year: int) -> YearFigures:
    result = figures.of_year(figures.load(), year)
    print(
        f"{year}: {result.rain_mm} mm on {result.rainy_days} days, most in {result.wettest_month}"
    )
    return result


@task(timeout="2m")
def share_above(threshold_mm: float) -> float:
    share = figures.share_above(figures.load(), threshold_mm)
    print(f"{share:.1%} of the rain falls on days with more than {threshold_mm:.2f} mm")
    return share


@workflow
def seattle_weather(precision_mm: float = 0.5) -> dict[str, object]:
    by_year = year_figures.map(years())
    wettest = max(by_year, key=lambda one: one.wettest_month_mm)

    low, high, rounds = 0.0, 60.0, 0
    while high - low > precision_mm:  # how often depends on what the days say
        rounds += 1
        third = (high - low) / 3
        lower, upper = share_above.map([low + third, high - third])
        if lower < 0.5:
            high = low + third
        elif upper < 0.5:
            low, high = low + third, high - third
        else:
            low = high - third

    return {
        "wettest_month": wettest.wettest_month,
        "wettest_month_mm": wettest.wettest_month_mm,
        "years": by_year,
        "half_of_the_rain_above_mm": round((low + high) / 2, 1),
        "rounds": rounds,
        "pandas": pd.__version__,
    }


if __name__ == "__main__":
    seattle_weather.cli()
