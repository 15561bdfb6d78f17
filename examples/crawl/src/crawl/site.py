"""The site: HTML files beside this module, and the links in them."""

from dataclasses import dataclass
from html.parser import HTMLParser
from importlib.resources import files
from posixpath import dirname, join, normpath


@dataclass
class Page:
    """A page of the site; one that is not there has no title and no links."""

    path: str
    title: str | None
    links: list[str]


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.title = ""
        self.links: list[str] = []
        self._in_title = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._in_title = tag == "title"
        target = dict(attrs).get("href")
        if tag == "a" and target and "://" not in target:
            self.links.append(target.partition("#")[0])

    def handle_endtag(self, tag: str) -> None:
        self._in_title = False

    def handle_data(self, data: str) -> None:
        if self._in_title:
            self.title += data


def read(path: str) -> Page:
    """One page, with the paths that it links to, each once."""
    file = files("crawl").joinpath("html", *path.split("/"))
    if not file.is_file():
        return Page(path, None, [])
    found = _Links()
    found.feed(file.read_text(encoding="utf-8"))
    paths = [normpath(join(dirname(path), link)).lstrip("/") for link in found.links if link]
    return Page(path, found.title, list(dict.fromkeys(paths)))
