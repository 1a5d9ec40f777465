"""No measured figure is typed into a text: they come from the files of ``benchmarks/``.

In the guide, the role ``measured`` puts them in. In the README, a comment after each figure says
where it comes from, and the two are compared here. Docstrings have none.
"""

import inspect
import re
from pathlib import Path

import pytest

from benchmarks.measured import measured
from tests.docs.test_documentation import public_objects

ROOT = Path(__file__).parents[2]

# Pages that are checked: all but those of developers, whose records keep what was measured once.
CHECKED = [
    "README.md",
    "docs/index.md",
    *(
        f"docs/user_guide/{page.name}"
        for page in sorted((ROOT / "docs" / "user_guide").glob("*.md"))
    ),
]
# Numbers that were not measured, by page or object: parameters and limits of the code, statistics,
# versions.
ALLOWED = {
    "AttentionSequenceClassifier": {
        "90%": "of the sequences, by which `pool_size` is chosen",
        "30%": "of the steps, in which the learning rate rises",
    },
    "AttentionSequenceRegressor": {
        "90%": "of the sequences, by which `pool_size` is chosen",
        "30%": "of the steps, in which the learning rate rises",
    },
    "HeavyTailScaler": {
        "0.25": "the limit of the ratio of deviations",
        "0.3": "a ratio that is above the limit",
        "0.8": "the ratio of a normal distribution",
    },
    "from_long": {"two hours": "the grid of an example"},
    "integrated_gradients": {"0.05": "the error above which there is a warning"},
    "make_accurate_classifier": {"five times": "as many networks"},
    "make_accurate_regressor": {"five times": "as many networks"},
    "docs/user_guide/accuracy.md": {"0.025": "one sequence of 40", "0.01": "a rule of thumb"},
    "docs/user_guide/choosing.md": {"five minutes": "what a user may have"},
    "docs/user_guide/coming_from.md": {
        "0.13": "a version of scikeras",
        "0.8": "a default of somebody else's",
    },
    "docs/user_guide/other_tools.md": {"0.05": "a significance level"},
    "docs/user_guide/troubleshooting.md": {"three times": "a rule of thumb"},
}

NUMBER = r"\d[\d,]*(?:\.\d+)?"
WORDS = "two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|fifty|hundred"
PARTS = "half|third|quarter|fifth|sixth|seventh|eighth|ninth|tenth|twelfth|fourteenth|twentieth"
TIMES = "[mµu]?s|(?:milli|micro)?seconds?|min|minutes?|hours?"
FIGURE = re.compile(
    rf"""
    (?<![\w.,])(?:{NUMBER}|(?:{WORDS})\b)               # "12 s", "3 to 4 s", "twelve times"
      (?:\s*(?:to|and|or|[-\u2013])\s*{NUMBER})?
      [\s-]*(?:{TIMES}|[kMGT]i?B|bytes|x|\u00d7|times|%|percent)(?!\w|\s*\d)
    | (?<![\w.,])0\.\d+(?!\.?\d)                        # accuracies
    | (?<![\w.,])1\.00+(?!\.?\d)
    | \b(?:about|for|in|than|under|within)\s+an?\s+(?:(?:milli|micro)?second|minute|hour)\b
    | \b(?:{PARTS})\s+(?:of\s+)?(?:the|its)\s+(?:time|memory)\b
    | \b(?:twice|half)\s+as\s+(?:fast|long|much|large)\b
    """,
    re.VERBOSE,
)
MARK = re.compile(r"<!-- (.*?) -->")


def without_marked_figures(markdown):
    """The text without the figures that are followed by their paths."""
    for path in MARK.findall(markdown):
        figure = r"\s".join(map(re.escape, measured(path).split()))
        markdown = re.sub(rf"(?<![\w.,]){figure}<!-- {re.escape(path)} -->", "", markdown)
    return markdown


def prose(markdown):
    """The text without code, roles and the addresses of links."""
    code = r"^(`{3,})(?:\w+|\{code-block\}[^\n]*)\n.*?^\1$"
    fence, role = r"^`{3,}[^\n]*$", r"(\{[\w:-]+\})?(`+)[^`]+\2"  # directives have prose within
    for pattern in (code, fence, role, r"\]\([^)]*\)", r"<?http\S+"):
        markdown = re.sub(pattern, "", markdown, flags=re.DOTALL | re.MULTILINE)
    return markdown


def prose_of_docstring(docstring):
    """The text without examples, code, and the lines of types and defaults."""
    for pattern in (r"^ *>>>.*?(?=^\s*$|\Z)", r"^\*{0,2}\w+ : .*?$", r"(`+)[^`]+\1"):
        docstring = re.sub(pattern, "", docstring, flags=re.MULTILINE | re.DOTALL)
    return docstring


def figures(text):
    """The figures in a prose, whitespace made single spaces."""
    return [" ".join(match[0].split()) for match in FIGURE.finditer(text)]


def test_measured_figures_are_found():
    text = """An epoch takes 0.6 s, 12 ms or 3 to
    4 minutes; it is 15 times as fast (twelve times, 1.7 x), half as long, needs 150 MB or 5 % more,
    a tenth of the time, and less than a second. Accuracy: 0.978 and 1.000."""
    assert figures(text) == [
        "0.6 s",
        "12 ms",
        "3 to 4 minutes",
        "15 times",
        "twelve times",
        "1.7 x",
        "half as long",
        "150 MB",
        "5 %",
        "tenth of the time",
        "than a second",
        "0.978",
        "1.000",
    ]


def test_a_figure_needs_its_path_right_after_it():
    shown, path = measured("results/epoch/keras"), "results/epoch/keras"
    marked = f"{shown}<!-- {path} -->"
    assert without_marked_figures(f"It is {marked} as fast.") == "It is  as fast."
    for wrong in (f"1{marked}", f"{shown} as fast<!-- {path} -->", f"99 times<!-- {path} -->"):
        assert without_marked_figures(wrong) == wrong


def test_figures_in_captions_are_found():
    caption = "```{figure} 0.25.svg\nWith `units=32`, accuracy is 0.978.\n```\n"
    assert figures(prose(caption)) == ["0.978"]


def test_figures_after_a_directive_are_found():
    text = "```{warning}\nNo.\n```\n\nIt takes 12 ms.\n\n```python\nscore = 0.978\n```\n"
    assert figures(prose(text)) == ["12 ms"]


def test_other_numbers_are_not():
    text = """Sequences of 10,000 x 10 x 5 with `dropout=0.3` and {measured}`results/epoch/keras`,
    as in [Figure 2](x.md#0.978), need NumPy 1.26, Python 3.11, version 0.1.0 and 20 epochs a second
    time.
```python
score = 0.978  # 12 s
```
```{code-block} python
score = 0.978
```
"""
    assert figures(prose(text)) == []
    docstring = """alpha : float, default=0.001
    The penalty ``0.001``.

    >>> f()
    0.978
    """
    assert figures(prose_of_docstring(docstring)) == []


@pytest.mark.parametrize("page", CHECKED)
def test_figures_of_a_page_have_a_source(page):
    text = without_marked_figures((ROOT / page).read_text(encoding="utf-8"))
    wrong = [f"{path}: {measured(path)}" for path in MARK.findall(text)]
    assert not wrong, "these paths do not follow their figures"
    assert set(figures(prose(text))) == set(ALLOWED.get(page, ()))


@pytest.mark.parametrize("obj", list(public_objects()))
def test_docstrings_have_no_figures(obj):
    found = figures(prose_of_docstring(inspect.getdoc(obj)))
    assert set(found) == set(ALLOWED.get(obj.__qualname__, ()))
