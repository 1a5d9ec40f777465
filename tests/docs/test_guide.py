"""The code of each page of the user guide runs, from top to bottom."""

import re
from pathlib import Path

import matplotlib.pyplot as plt
import pytest

GUIDE = Path(__file__).parents[2] / "docs" / "user_guide"

# Their code needs clusters and other tools, which tests of their own start and ask for.
RUN_ELSEWHERE = {"clusters", "other_tools"}


def code_blocks(page):
    """Yield the code of each block of Python, on the lines that it has in the page.

    Code of other packages is in `{code-block} python`, which does not run.
    """
    text = page.read_text(encoding="utf-8")
    for block in re.finditer(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        yield "\n" * text.count("\n", 0, block.start(1)) + block[1]


PAGES = [
    pytest.param(page, id=page.stem)
    for page in sorted(GUIDE.glob("*.md"))
    if page.stem not in RUN_ELSEWHERE and any(code_blocks(page))
]


def test_most_pages_have_code():
    assert len(PAGES) >= 7


# Keras reads its own variables in a way that NumPy 2 deprecates.
@pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept:DeprecationWarning")
@pytest.mark.parametrize("page", PAGES)
def test_code_runs(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    plt.switch_backend("agg")
    namespace = {"__name__": "guide"}
    for code in code_blocks(page):
        exec(compile(code, str(page), "exec"), namespace)
    plt.close("all")
