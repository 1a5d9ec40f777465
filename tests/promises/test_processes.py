"""Processes: what was forked predicts, and says so when it cannot fit; others do as ever."""

import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor

import numpy as np
import pytest

from tests.processes import run_python
from tests.promises.kinds import KINDS, predictions

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
CANNOT_FIT = "forked from one that had imported TensorFlow"
X, Y = np.random.default_rng(0).normal(size=(40, 5, 2)), np.arange(40) % 2


def fit_and_predict(kind):
    estimator = KINDS[kind][0](units=5, epochs=2, random_state=0)
    return predictions(estimator.fit(X, Y), X)


FORK = """
import os, pickle, sys, threading
import numpy as np
from sk_attnseq import AttentionSequenceClassifier

X, y = np.random.default_rng(0).normal(size=(40, 5, 2)), np.arange(40) % 2
classifier = AttentionSequenceClassifier(epochs=1, random_state=0)

def fork(case):
    expected = classifier.predict_proba(X) if hasattr(classifier, "classes_") else None
    read, write = os.pipe()
    if os.fork() == 0:
        if expected is not None:
            loaded = pickle.loads(pickle.dumps(classifier))
            assert np.array_equal(classifier.predict_proba(X), expected)
            assert np.array_equal(loaded.predict_proba(X), expected)
        try:
            classifier.fit(X, y)
            os.write(write, b"fitted")
        except RuntimeError as error:
            os.write(write, str(error).encode())
        os._exit(0)
    os.close(write)
    print(case, os.fdopen(read).read(), sep=": ")
"""

# Another thread is in the middle of the import, and then of a fit, when the process forks.
FORK_OF_NOTHING_AND_OF_FITS = """
fork("of nothing")

begun = threading.Event()
class Finder:
    def find_spec(name, *_):
        if name == "tensorflow.python":
            begun.set()
sys.meta_path.insert(0, Finder)
thread = threading.Thread(target=classifier.fit, args=(X, y))
thread.start()
begun.wait()
fork("in the import")
thread.join()

longer = AttentionSequenceClassifier(epochs=300, random_state=0)
thread = threading.Thread(target=longer.fit, args=(X, y))
thread.start()
fork("of a fit, and in another")
thread.join()
"""
FORK_OF_OTHER_USE = """
import tensorflow
tensorflow.random.normal((300, 300)) @ tensorflow.ones((300, 300))
fork("of other use of TensorFlow")
"""


@pytest.fixture(scope="module")
def outcomes():
    """What comes of a fit in a child, by what its parent forked of."""
    said = run_python(FORK + FORK_OF_NOTHING_AND_OF_FITS) + run_python(FORK + FORK_OF_OTHER_USE)
    return dict(line.split(": ", 1) for line in said.splitlines())


@needs_fork
@pytest.mark.parametrize(
    ("case", "outcome"),
    [
        ("of nothing", "fitted"),
        ("of a fit, and in another", CANNOT_FIT),
        ("in the import", CANNOT_FIT),
        ("of other use of TensorFlow", CANNOT_FIT),
    ],
)
def test_fork(case, outcome, outcomes):
    assert outcome in outcomes[case]


@pytest.mark.usefixtures("weights_as_in_a_fresh_process")
@pytest.mark.parametrize(("method", "kind"), [("spawn", "regressor"), ("forkserver", "classifier")])
def test_other_start_methods(method, kind):
    if method not in multiprocessing.get_all_start_methods():
        pytest.skip(f"needs start method {method}")
    context = multiprocessing.get_context(method)
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        result = pool.submit(fit_and_predict, kind).result(timeout=300)
    np.testing.assert_array_equal(result, fit_and_predict(kind))


# The same search in a parent that has not imported TensorFlow and in one that has fitted.
MULTIPROCESSING = """
import sys, warnings
import joblib
import numpy as np
from sklearn.model_selection import GridSearchCV, ShuffleSplit, cross_val_score
from sk_attnseq import AttentionSequenceClassifier
from tests.promises.test_processes import X, Y

classifier = AttentionSequenceClassifier(units=5, epochs=2, random_state=0)

def search(**options):
    grid = {"learning_rate": [0.001, 0.01]}
    return GridSearchCV(classifier, grid, cv=2, refit=False, **options).fit(X, Y)

def message(call, *args, **options):
    try:
        call(*args, **options)
    except Exception as error:
        return f"{type(error).__name__}: {error}"

with joblib.parallel_config(backend="multiprocessing", n_jobs=2):
    in_children = search().cv_results_
assert "tensorflow" not in sys.modules
alone = search(n_jobs=1).cv_results_
for name in ("split0_test_score", "split1_test_score"):
    np.testing.assert_array_equal(in_children[name], alone[name])
with joblib.parallel_config(backend="multiprocessing", n_jobs=2):
    # A single fit: where others are under way, joblib ends their processes at once, and waits for
    # ever for one that was about to send its result, one time in thirty.
    one = {"cv": ShuffleSplit(1), "error_score": "raise"}
    print(message(cross_val_score, classifier, X, Y, **one), "END")
    print(message(search), "END")
"""


@pytest.mark.skipif(
    multiprocessing.get_start_method(allow_none=True) not in (None, "fork")
    or multiprocessing.get_all_start_methods()[0] != "fork",
    reason="needs fork to be what joblib's multiprocessing does",
)
def test_joblib_multiprocessing():
    raised, default, _ = run_python(MULTIPROCESSING).split("END")
    assert raised.strip().startswith("RuntimeError: This process was " + CANNOT_FIT)
    # By default a search counts failed fits, and raises with their errors if all have failed.
    assert default.strip().startswith("ValueError: \nAll the 4 fits failed.")
    assert CANNOT_FIT in default
    assert "use joblib's default backend (loky)" in default
