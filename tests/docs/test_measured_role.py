"""The role that puts measured figures into pages."""

from pathlib import Path

import pytest

from benchmarks.measured import measured

DOCS = Path(__file__).parents[2] / "docs"

CONF = f"""
import sys

sys.path[:0] = [{str(DOCS)!r}, {str(DOCS.parent)!r}]
extensions = ["myst_parser", "measured"]
"""


@pytest.fixture
def build(tmp_path):
    """Build a page of this Markdown as text."""
    application = pytest.importorskip("sphinx.application", reason="the extra docs")
    pytest.importorskip("myst_parser", reason="the extra docs")

    def build(markdown):
        (tmp_path / "conf.py").write_text(CONF, encoding="utf-8")
        (tmp_path / "index.md").write_text(markdown, encoding="utf-8")
        folders = [tmp_path, tmp_path, tmp_path / "out", tmp_path / "trees"]
        application.Sphinx(*map(str, folders), "text", status=None, warningiserror=True).build()
        return (tmp_path / "out" / "index.txt").read_text(encoding="utf-8")

    return build


def test_the_figure_is_in_the_text(build):
    text = build("# Title\n\nIt is {measured}`results/search/keras` as fast.\n")
    figure = measured("results/search/keras").replace(" ", "\N{NO-BREAK SPACE}")
    assert f"It is {figure} as fast." in text


def test_a_path_that_leads_nowhere_ends_the_build(build):
    from sphinx.errors import SphinxError

    with pytest.raises(SphinxError, match=r"index, line 3.*no figure 'results/nothing'"):
        build("# Title\n\nIt is {measured}`results/nothing` as fast.\n")
