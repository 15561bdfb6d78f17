from crawl import site
from crawl.flow import Site, crawl, read
from crawl.site import Page

from salt_sdk.testing import simulate


def test_links_are_paths_from_the_top_each_once():
    assert site.read("guide/index.html").links == [
        "guide/grains.html",
        "guide/flakes.html",
        "index.html",
    ]


def test_the_crawl_ends_when_no_page_is_new():
    found = crawl()
    assert found == Site(
        depth={
            "index.html": 0,
            "guide/index.html": 1,
            "history.html": 1,
            "guide/flakes.html": 2,
            "guide/grains.html": 2,
            "guide/brine.html": 3,
            "guide/recipes.html": 4,
        },
        dead=["index.html -> shop.html", "guide/recipes.html -> guide/soup.html"],
        rounds=6,
    )


def test_pages_that_link_in_a_circle_are_read_once():
    circle = {"a": ["b"], "b": ["c", "a"], "c": ["a"]}
    with simulate(replace={read: lambda path: Page(path, path.upper(), circle[path])}):
        assert crawl("a") == Site({"a": 0, "b": 1, "c": 2}, [], 3)
