"""Read a site's pages and what they link to, round by round, until no page is new."""

from __future__ import annotations

from dataclasses import dataclass

from crawl import site
from crawl.site import Page
from salt_sdk import task, workflow


@dataclass
class Site:
    """What a crawl found.

    Attributes:
        depth: Clicks from the first page, by path.
        dead: Links to pages that do not exist, as ``from -> to``.
    """

    depth: dict[str, int]
    dead: list[str]
    rounds: int


@task(retries=3, timeout="1m")
def read(path: str) -> Page:
    page = site.read(path)
    print(f"{path}: {page.title or 'does not exist'}, {len(page.links)} links")
    return page


@workflow
def crawl(start: str = "index.html", at_once: int = 3) -> Site:
    found: dict[str, Page] = {}
    depth: dict[str, int] = {}
    new, rounds = [start], 0
    while new:  # until the set of pages is stable
        for page in read.map(new, concurrency=at_once):  # side by side, a few at once
            found[page.path], depth[page.path] = page, rounds
        linked = {link for path in new for link in found[path].links}
        new = sorted(linked - found.keys())
        rounds += 1
    there = {path for path, page in found.items() if page.title is not None}
    return Site(
        depth={path: clicks for path, clicks in depth.items() if path in there},
        dead=[f"{p.path} -> {to}" for p in found.values() for to in p.links if to not in there],
        rounds=rounds,
    )


if __name__ == "__main__":
    crawl.cli()
