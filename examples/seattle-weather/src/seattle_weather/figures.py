"""What can be said of a table of days; no Salt in here."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
from vega_datasets import data


@dataclass
class YearFigures:
    year: int
    rain_mm: float
    rainy_days: int
    wettest_month: str
    wettest_month_mm: float
    hottest_day: str
    hottest_c: float


def load() -> pd.DataFrame:
    """One row a day, 2012 to 2015; the file comes with vega_datasets."""
    return pd.read_csv(data.seattle_weather.filepath, parse_dates=["date"])


def of_year(days: pd.DataFrame, year: int) -> YearFigures:
    days = days[days["date"].dt.year == year]
    months = days.groupby(days["date"].dt.strftime("%Y-%m"))["precipitation"].sum()
    hottest = days.loc[days["temp_max"].idxmax()]
    return YearFigures(
        year=year,
        rain_mm=round(float(days["precipitation"].sum()), 1),
        rainy_days=int((days["precipitation"] > 0).sum()),
        wettest_month=str(months.idxmax()),
        wettest_month_mm=round(float(months.max()), 1),
        hottest_day=str(hottest["date"].date()),
        hottest_c=float(hottest["temp_max"]),
    )


def share_above(days: pd.DataFrame, threshold_mm: float) -> float:
    """The share of all rain that fell on days with more than this."""
    rain = days["precipitation"]
    return float(rain[rain > threshold_mm].sum() / rain.sum())
