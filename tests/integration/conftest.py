"""Tools around scikit-learn: the code of the guide's page runs, and is as good as it says.

Each needs its tool, of the extra `integration`; without it the test is skipped.
"""

import re
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "user_guide" / "other_tools.md"

# Warnings that tools raise by what they do among themselves, by the module of tests.
FOREIGN_WARNINGS = {
    "test_optuna": (
        "ignore:OptunaSearchCV is experimental",
        # which OptunaSearchCV itself uses
        "ignore:`optuna.terminator` module has been deprecated:FutureWarning",
    ),
    "test_mlflow": (
        # of the loader strategy in MLflow's tables, by SQLAlchemy 2.1
        "ignore:The ``noload`` loader strategy is deprecated",
        # autolog passes y_pred to the log loss of scikit-learn 1.9
        "ignore:`y_pred` was renamed to `y_proba`:FutureWarning",
        # of a function of its own, when models are loaded
        "ignore:.*Any type hint is inferred as AnyType",
    ),
    # Keras reads its own variables in a way that NumPy 2 deprecates
    "test_serving": ("ignore:__array__ implementation doesn't accept:DeprecationWarning",),
    # the colours of its plots, by matplotlib
    "test_shap": ("ignore:The set_.* function will be deprecated:PendingDeprecationWarning",),
}


def pytest_collection_modifyitems(items):
    """Ignore in each module what its tool warns of."""
    for item in items:
        name = item.module.__name__.rpartition(".")[2]
        for warning in FOREIGN_WARNINGS.get(name, ()):
            item.add_marker(pytest.mark.filterwarnings(warning))


def page_code():
    """The page's code: {heading: code}, where the first one is what all others go on from."""
    parts = re.split(r"^#+ (.*)\n", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    blocks = {
        heading: "\n".join(re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL))
        for heading, text in zip(parts[1::2], parts[2::2], strict=True)
    }
    return {heading: code for heading, code in blocks.items() if code}


@pytest.fixture
def run_section(tmp_path, monkeypatch):
    """Run a section of the page after its start, in a directory of its own; return its names."""
    monkeypatch.chdir(tmp_path)
    code = page_code()
    start = next(iter(code))

    def run(heading):
        namespace = {"__name__": "page"}
        for part in (start, heading):
            exec(compile(code[part], f"{PAGE.name}: {part}", "exec"), namespace)
        return namespace

    return run


@pytest.fixture
def lists():
    """The sequences of an array without their last one to three timesteps, as a list."""

    def cut(X):
        return [sequence[: X.shape[1] - row % 3] for row, sequence in enumerate(X)]

    return cut
