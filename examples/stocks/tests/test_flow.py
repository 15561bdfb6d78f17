from stocks import prices
from stocks.flow import returns, stocks, symbols, worst_holding


def test_the_table_has_five_symbols():
    assert symbols() == ["AAPL", "AMZN", "GOOG", "IBM", "MSFT"]


def test_growth_is_last_over_first():
    own = prices.load()["IBM"].dropna()
    assert returns("IBM").growth == round(own.iloc[-1] / own.iloc[0], 2)


def test_the_loop_ends_where_the_data_say():
    found = stocks(step_months=6)
    held = found["never_lost_when_held_months"]
    assert worst_holding(held, symbol=found["best"]) >= 0
    assert worst_holding(held - 6, symbol=found["best"]) < 0
