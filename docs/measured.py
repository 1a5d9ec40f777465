"""The role ``measured``: a figure of the guide, read from ``benchmarks/`` when a page is built.

In Markdown, ``{measured}`results/search/keras``` becomes "12 times"; ``benchmarks/measured.py``
says which paths there are. A path that leads nowhere ends the build.

The README is shown where there are no roles. There, a comment follows the figure, and a test
compares the two: ``12 times<!-- results/search/keras -->``.
"""

from docutils import nodes
from sphinx.errors import SphinxError
from sphinx.util.docutils import SphinxRole

from benchmarks.measured import FOLDER, measured


class Measured(SphinxRole):
    """A figure in place of its path."""

    def run(self):
        """Return the text, in which no line breaks between a number and its unit."""
        for file in FOLDER.glob("*.json"):  # when they change, the page is built anew
            self.env.note_dependency(str(file))
        try:
            text = measured(self.text)
        except LookupError as error:
            raise SphinxError(f"{self.env.docname}, line {self.lineno}: {error}") from error
        if text.count(" ") == 1:  # a number and its unit, not the name of a machine
            text = text.replace(" ", "\N{NO-BREAK SPACE}")
        return [nodes.Text(text)], []


def setup(app):
    """Add the role."""
    app.add_role("measured", Measured())
    return {"parallel_read_safe": True}
