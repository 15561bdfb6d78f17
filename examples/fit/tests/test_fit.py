import pytest
from fit.curve import Curve, normal, points, refined
from fit.flow import fit


@pytest.mark.parametrize(("a", "b"), [(500.0, 0.0001), (250.0, 0.0005)])
def test_it_finds_what_nist_certifies_from_both_of_its_starts(a, b):
    found = fit(a=a, b=b)
    assert found.converged
    assert found.a == pytest.approx(2.3894212918e02, rel=1e-9)
    assert found.b == pytest.approx(5.5015643181e-04, rel=1e-9)
    assert found.squares == pytest.approx(1.2455138894e-01, rel=1e-9)


def test_how_the_points_are_split_makes_no_difference():
    whole, _, _ = refined(Curve(250, 0.0005), [normal(points(), Curve(250, 0.0005))])
    parts = [normal(points()[first::4], Curve(250, 0.0005)) for first in range(4)]
    split, _, _ = refined(Curve(250, 0.0005), parts)
    assert (split.a, split.b) == pytest.approx((whole.a, whole.b), rel=1e-12)


def test_it_gives_up_after_so_many_turns():
    found = fit(most=2)
    assert (found.turns, found.converged) == (2, False)
