"""The best stock of a decade, and how long its unluckiest buyer had to hold it for a gain.

One task for each symbol, side by side; then a loop that goes on until the data say stop.
"""

from __future__ import annotations

import pandas as pd

from salt_sdk import task, workflow
from stocks import prices
from stocks.prices import Returns


@task(retries=2, timeout="2m")
def symbols() -> list[str]:
    found = sorted(prices.load().columns)
    print(f"pandas {pd.__version__}: {', '.join(found)}")
    return found


@task(retries=2, timeout="2m")
def returns(symbol: str) -> Returns:
    found = prices.returns(prices.load(), symbol)
    print(f"{symbol}: {found.growth} times its first price, {found.yearly_percent} % a year")
    return found


@task(timeout="2m")
def worst_holding(months: int, symbol: str) -> float:
    worst = prices.worst_holding(prices.load(), symbol, months)
    print(f"{symbol} held for {months} months: {worst:+.1f} % at worst")
    return worst


@workflow
def stocks(step_months: int = 6) -> dict[str, object]:
    by_symbol = returns.map(symbols())
    best = max(by_symbol, key=lambda one: one.yearly_percent)

    held, rounds, worst = 0, 0, -100.0
    while worst < 0:  # how often depends on what the prices say
        rounds += 1
        spans = [held + step_months, held + 2 * step_months]
        for held, worst in zip(spans, worst_holding.map(spans, symbol=best.symbol), strict=True):
            if worst >= 0:
                break

    return {
        "best": best.symbol,
        "yearly_percent": best.yearly_percent,
        "stocks": by_symbol,
        "never_lost_when_held_months": held,
        "rounds": rounds,
        "pandas": pd.__version__,
    }


if __name__ == "__main__":
    stocks.cli()
