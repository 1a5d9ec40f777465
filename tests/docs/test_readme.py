"""The README reads well on a forge, and nothing tells people to install a name that is not ours."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def anchors(page):
    """The anchors that a forge makes of a page's headings."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_links_lead_to_files():
    targets = re.findall(r"\]\(([^)]+)\)", README)
    assert len(targets) >= 10
    for target in targets:
        path, _, anchor = target.partition("#")
        assert (ROOT / path).exists(), target
        assert not anchor or anchor in anchors(ROOT / path), target


def test_no_markup_that_only_sphinx_reads():
    assert re.findall(r"\{\w[\w-]*\}`|^```\{|^:::", README, re.MULTILINE) == []


def test_commands_stand_on_lines_of_their_own():
    commands = re.findall(r"^python3 -m venv .*$", README, re.MULTILINE)
    assert [command.split()[-1] for command in commands] == ["sk_attnseq", "pytest"]


def test_code_runs():
    (code,) = re.findall(r"^```python\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    namespace = {"__name__": "readme"}
    exec(compile(code, "README.md", "exec"), namespace)
    assert namespace["clf"].score(namespace["X_test"], namespace["y_test"]) > 0.9


@pytest.mark.parametrize("folder", ["docs", "sk_attnseq"])
def test_nothing_is_installed_by_a_name_that_is_not_registered(folder):
    paths = [path for kind in ("md", "rst", "py") for path in (ROOT / folder).rglob(f"*.{kind}")]
    texts = {path: path.read_text(encoding="utf-8") for path in [*paths, ROOT / "README.md"]}
    by_name = re.compile(r"pip install[^\n`&]*[ \"'](sk_attnseq|sk-attnseq)\b|sk_attnseq\[\w+\]")
    assert [str(path) for path, text in texts.items() if by_name.search(text)] == []
