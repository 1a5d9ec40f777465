"""The code of the user guide runs, from top to bottom."""

import re
from pathlib import Path

import matplotlib
import pytest

GUIDE = Path(__file__).parents[1] / "docs" / "guide.md"


def code_blocks():
    """Yield (language, code) of each block, with its code on the lines that it has in the page."""
    text = GUIDE.read_text(encoding="utf-8")
    for block in re.finditer(r"^```(\w*)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        lines_before = text.count("\n", 0, block.start(2))
        yield block[1], "\n" * lines_before + block[2]


def test_all_blocks_are_python():
    languages = [language for language, _ in code_blocks()]
    assert languages
    assert set(languages) == {"python"}


# Keras reads its own variables in a way that NumPy 2 deprecates.
@pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept:DeprecationWarning")
def test_code_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    matplotlib.use("Agg")
    namespace = {"__name__": "guide"}
    for _, code in code_blocks():
        exec(compile(code, str(GUIDE), "exec"), namespace)
    namespace["plt"].close("all")
    written = {"attention.png", "model.joblib", "network.keras", "X_train.npy", "model.onnx"}
    assert {path.name for path in tmp_path.iterdir()} == written
