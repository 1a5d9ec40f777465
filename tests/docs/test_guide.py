"""The code of each page of the user guide runs, from top to bottom."""

import re
import signal
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest

from sk_attnseq import AttentionSequenceClassifier
from tests.callbacks import IdleCallback

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


class PressesCtrlC(IdleCallback):
    """As somebody does in the third epoch."""

    def on_fit_task_begin(self, estimator, context):
        if context.task_name == "epoch" and context.task_id == 2:
            signal.raise_signal(signal.SIGINT)


@pytest.mark.parametrize("early_stopping", [False, True])
def test_the_callback_of_the_guide_keeps_what_was_learned(early_stopping, sequences_and_labels):
    pytest.importorskip("sklearn.callback", reason="scikit-learn >= 1.9")
    X, y = sequences_and_labels
    namespace = {"AttentionSequenceClassifier": AttentionSequenceClassifier}
    namespace |= {"X_train": X, "y_train": y}
    (code,) = (c for c in code_blocks(GUIDE / "training.md") if "class StopOnCtrlC" in c)
    exec(code, namespace)

    def make_classifier(epochs):
        return AttentionSequenceClassifier(
            epochs=epochs, early_stopping=early_stopping, random_state=0
        )

    handler = signal.getsignal(signal.SIGINT)
    stopped = make_classifier(50).set_callbacks(namespace["StopOnCtrlC"](), PressesCtrlC())
    assert stopped.fit(X, y).n_iter_ == 3
    assert signal.getsignal(signal.SIGINT) is handler
    expected = make_classifier(3).fit(X, y)
    np.testing.assert_array_equal(stopped.predict_proba(X), expected.predict_proba(X))
