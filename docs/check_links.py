"""Check the links within the built site: ``python docs/check_links.py docs/_build/html``.

Each relative link of each page must lead to a file, and its #fragment to an element there. What a
page loads by itself (scripts, styles, images, fonts) must come from the site, not from the net.
"""

import re
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

# Attributes with addresses; of `link` elements, those that only name other pages load nothing.
_ADDRESSES = {"a": ("href",), "link": ("href",)}
_LOADED = ("src", "srcset", "poster", "data")
_NAMING_RELATIONS = {"author", "canonical", "help", "index", "next", "prev", "search", "top"}


class Page(HTMLParser):
    """The ids of a page, its links, and what it loads."""

    def __init__(self, path):
        super().__init__()
        self.ids, self.links, self.loaded = {"", "top"}, set(), set()
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        attributes = {name: value for name, value in attrs if value}
        self.ids |= {attributes[name] for name in ("id", "name") if name in attributes}
        for name in _ADDRESSES.get(tag, ()):
            if name in attributes:
                names_only = set(attributes.get("rel", "").split()) & _NAMING_RELATIONS
                loads = tag == "link" and not names_only
                (self.loaded if loads else self.links).add(attributes[name])
        for name in _LOADED:
            if name in attributes:
                sources = attributes[name].split(",") if name == "srcset" else [attributes[name]]
                self.loaded |= {source.split()[0] for source in sources}


def read_pages(site):
    """The pages by their paths, without the theme's templates."""
    return {
        path: Page(path)
        for path in sorted(site.rglob("*.html"))
        if not path.is_relative_to(site / "_static")
    }


def broken_links(site, pages):
    """Yield a line for each link that leads nowhere, and each file loaded from the net."""
    for path, page in pages.items():
        where = path.relative_to(site)
        for link in sorted(page.links | page.loaded):
            address = urlsplit(link)
            if address.scheme or address.netloc:
                if link in page.loaded and address.scheme != "data":
                    yield f"{where}: loads {link}, which is not in the site"
                continue
            base = path.parent if not address.path.startswith("/") else site
            target = (base / unquote(address.path).lstrip("/")).resolve()
            target = path if not address.path else target
            if target.is_dir():
                target /= "index.html"
            if not target.is_file():
                yield f"{where}: {link} leads to no file"
            elif target in pages and unquote(address.fragment) not in pages[target].ids:
                yield f"{where}: {link} leads to no element of {target.name}"
    for path in sorted(site.rglob("*.css")):
        for address in re.findall(
            r"(?:url\(|@import )[\"']?((?:https?:)?//[^\"')]+)", path.read_text()
        ):
            yield f"{path.relative_to(site)}: loads {address}, which is not in the site"


def main():
    """Print what is broken; exit with 1 if anything is."""
    if len(sys.argv) != 2 or not Path(sys.argv[1]).joinpath("index.html").is_file():
        sys.exit(f"Usage: {sys.argv[0]} DIRECTORY, where the built site with its index.html is.")
    site = Path(sys.argv[1]).resolve()
    pages = read_pages(site)
    broken = list(broken_links(site, pages))
    print(*broken, sep="\n", end="\n" if broken else "")
    print(f"{len(broken)} broken links in {len(pages)} pages.")
    sys.exit(bool(broken))


if __name__ == "__main__":
    main()
