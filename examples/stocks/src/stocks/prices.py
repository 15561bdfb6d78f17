"""What can be said of a table of prices; no Salt in here."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
from vega_datasets import data


@dataclass
class Returns:
    symbol: str
    first: str
    last: str
    growth: float
    """Last price over first price."""
    yearly_percent: float
    worst_month_percent: float


def load() -> pd.DataFrame:
    """One column a symbol, one row a month, 2000 to 2010; the file comes with vega_datasets."""
    rows = pd.read_csv(data.stocks.filepath)
    rows["date"] = pd.to_datetime(rows["date"], format="%b %d %Y")
    return rows.pivot_table(index="date", columns="symbol", values="price")


def returns(prices: pd.DataFrame, symbol: str) -> Returns:
    own = prices[symbol].dropna()
    growth = own.iloc[-1] / own.iloc[0]
    years = (own.index[-1] - own.index[0]).days / 365.25
    return Returns(
        symbol=symbol,
        first=str(own.index[0].date()),
        last=str(own.index[-1].date()),
        growth=round(float(growth), 2),
        yearly_percent=round((float(growth) ** (1 / years) - 1) * 100, 1),
        worst_month_percent=round(float(own.pct_change().min()) * 100, 1),
    )


def worst_holding(prices: pd.DataFrame, symbol: str, months: int) -> float:
    """What the unluckiest buyer had after that many months, in percent of gain."""
    own = prices[symbol].dropna()
    return float((own / own.shift(months) - 1).min() * 100)
