"""The figures of the guide, which are drawn when the documentation is built."""

import re
import runpy
from pathlib import Path
from xml.etree import ElementTree

DOCS = Path(__file__).parents[2] / "docs"


def test_what_the_pages_show_is_drawn_from_what_was_measured(tmp_path):
    runpy.run_path(str(DOCS / "figures.py"))["draw_figures"](tmp_path / "figures")
    drawn = {path.name for path in (tmp_path / "figures").iterdir()}
    pages = [path.read_text(encoding="utf-8") for path in (DOCS / "user_guide").glob("*.md")]
    shown = {name for page in pages for name in re.findall(r"\.\./figures/([\w.]+)", page)}
    assert shown == drawn
    for path in (tmp_path / "figures").iterdir():
        assert ElementTree.parse(path).getroot().tag == "{http://www.w3.org/2000/svg}svg"
