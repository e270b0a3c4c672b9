"""What a picture holds, read as XML, and names as hostile as names can be."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from html.parser import HTMLParser

from benchwright.report.pictures.picture import Picture

SPACE = "{http://www.w3.org/2000/svg}"
HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "\u202egnp.elif\u202c",
    "\u05d0\u05d1\u05d2 \u200fmodel",
    "a" * 300,
    "line\nbreak\u2028and\x00nul\x1b[31m",
    "]]>&amp;<!--",
    "\U0001f600 模型 " + "漢" * 80,
    "\ud800half",
)
"""Names of things: markup, marks that turn the direction, controls, far too long."""


class Read(HTMLParser):
    """What a browser makes of a page's text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def elements(*drawn: str) -> list[ET.Element]:
    """Return all elements of SVG texts; fails where one is no XML."""
    return [element for text in drawn for element in ET.fromstring(text).iter()]


def words(*drawn: str) -> list[str]:
    """Return the texts that are seen."""
    return [element.text or "" for element in elements(*drawn) if element.tag == f"{SPACE}text"]


def titles(*drawn: str) -> list[str]:
    """Return what marks say when they are pointed at."""
    return [element.text or "" for element in elements(*drawn) if element.tag == f"{SPACE}title"]


def marks(kind: str, *drawn: str) -> list[ET.Element]:
    """Return the elements of a class."""
    return [one for one in elements(*drawn) if kind in one.get("class", "").split()]


def starts(path: str) -> list[tuple[float, float]]:
    """Return the points at which the pieces of a path begin."""
    return [(float(x), float(y)) for x, y in re.findall(r"M(-?[\d.]+) (-?[\d.]+)", path)]


def assert_sound(picture: Picture) -> None:
    """Check what holds of every picture: XML, nothing from outside, nothing out of bounds."""
    known = {"svg", "g", "text", "line", "rect", "path", "circle", "title"}
    for text in (*picture.drawn, *picture.narrow):
        for element in elements(text):
            assert element.tag.removeprefix(SPACE) in known
            assert not any(name.startswith("on") for name in element.attrib)
        assert "nan" not in re.sub(r">[^<]*<|\"[^\"]*[a-z]{4}[^\"]*\"", "", text)
        assert "inf" not in re.sub(r">[^<]*<|\"[^\"]*[a-z]{4}[^\"]*\"", "", text)
    page = picture.html()
    known |= {"figure", "figcaption", "div", "h3", "h4", "p", "details", "summary"}
    known |= {"table", "thead", "tbody", "tr", "th", "td"}
    for tag, attributes in Read(page).found:
        assert tag in known
        assert not {"src", "href", "xlink:href", "onload", "onerror"} & set(attributes)
        assert "url(" not in (attributes.get("style") or "")
    for character in "\u202e\u202c\u200f\u2028\x00\x1b":
        assert character not in page
    page.encode("utf-8")
    if picture.drawn:
        ET.fromstring(picture.svg())
