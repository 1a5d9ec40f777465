"""The script that checks the links within the built documentation."""

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "docs" / "check_links.py"

INDEX = """<html><head><link rel="stylesheet" href="_static/site.css"></head><body>
<h1 id="start">Start</h1>
<a href="#start">up</a> <a href="guide/inputs.html#x-1">inputs</a> <a href="guide/">guide</a>
<a href="https://scikit-learn.org">elsewhere</a> <img src="_static/picture%20one.png?v=2">
</body></html>"""


@pytest.fixture
def site(tmp_path):
    (tmp_path / "_static").mkdir()
    (tmp_path / "_static" / "site.css").write_text("h1 { color: black }")
    (tmp_path / "_static" / "picture one.png").touch()
    (tmp_path / "_static" / "macros.html").write_text('<script src="{{ path }}"></script>')
    (tmp_path / "guide").mkdir()
    (tmp_path / "guide" / "index.html").write_text('<a href="../index.html#">home</a>')
    (tmp_path / "guide" / "inputs.html").write_text('<p id="x-1"><a href="/index.html">up</a></p>')
    (tmp_path / "index.html").write_text(INDEX)
    return tmp_path


def check(site):
    command = [sys.executable, str(SCRIPT), str(site)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert not done.stderr
    return done.returncode, done.stdout.splitlines()


def test_good_site(site):
    assert check(site) == (0, ["0 broken links in 3 pages."])


@pytest.mark.parametrize(
    ("path", "before", "after", "complaint"),
    [
        ("index.html", 'id="start"', "", "index.html: #start leads to no element of index.html"),
        ("index.html", "#x-1", "#x-2", "guide/inputs.html#x-2 leads to no element of inputs.html"),
        ("index.html", "picture%20one", "picture", "_static/picture.png?v=2 leads to no file"),
        ("guide/index.html", "../index", "index.htm", "guide/index.html: index.htm.html"),
        ("index.html", "_static/site.css", "https://x.org/a.css", "loads https://x.org/a.css"),
        ("_static/site.css", "color: black", "src: url(//x.org/f)", "site.css: loads //x.org/f"),
    ],
)
def test_broken_site(site, path, before, after, complaint):
    page = site / path
    page.write_text(page.read_text().replace(before, after))
    returncode, lines = check(site)
    assert returncode == 1
    assert complaint in lines[0]
    assert lines[-1] == "1 broken links in 3 pages."


def test_no_site(tmp_path):
    done = subprocess.run([sys.executable, str(SCRIPT), str(tmp_path)], capture_output=True)
    assert done.returncode == 1
    assert b"Usage" in done.stderr
