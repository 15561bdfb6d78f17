from seattle_weather import figures
from seattle_weather.flow import seattle_weather, share_above, year_figures, years


def test_the_table_has_four_years():
    assert years() == [2012, 2013, 2014, 2015]


def test_the_figures_of_a_year_add_up():
    found = year_figures(2014)
    days = figures.load()
    assert found.rain_mm == round(days[days["date"].dt.year == 2014]["precipitation"].sum(), 1)
    assert found.wettest_month.startswith("2014-")
    assert found.wettest_month_mm <= found.rain_mm


def test_a_higher_threshold_has_a_smaller_share():
    assert share_above(0.0) == 1.0
    assert share_above(5.0) > share_above(20.0) > share_above(60.0) == 0.0


def test_the_loop_ends_where_the_data_say():
    found = seattle_weather(precision_mm=0.2)
    threshold = found["half_of_the_rain_above_mm"]
    assert share_above(threshold - 0.3) >= 0.5 >= share_above(threshold + 0.3)
    assert seattle_weather(precision_mm=5.0)["rounds"] < found["rounds"]
