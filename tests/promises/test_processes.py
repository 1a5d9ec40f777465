"""Processes: what was forked predicts, and says so when it cannot fit; others do as ever."""

import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor

import numpy as np
import pytest

from sk_attnseq import AttentionSequenceClassifier
from tests.processes import run_python

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
CANNOT_FIT = "forked from one that had imported TensorFlow"
X, Y = np.random.default_rng(0).normal(size=(40, 5, 2)), np.arange(40) % 2


def fit_and_predict(seed=0):
    classifier = AttentionSequenceClassifier(units=5, epochs=2, random_state=seed)
    return classifier.fit(X, Y).predict_proba(X)


FORK = """
import os, pickle, sys, threading
import numpy as np
from sk_attnseq import AttentionSequenceClassifier

X, y = np.random.default_rng(0).normal(size=(40, 5, 2)), np.arange(40) % 2
classifier = AttentionSequenceClassifier(epochs=1, random_state=0)
{before}
expected = classifier.predict_proba(X) if hasattr(classifier, "classes_") else None
read, write = os.pipe()
if os.fork() == 0:
    if expected is not None:
        assert np.array_equal(classifier.predict_proba(X), expected)
        assert np.array_equal(pickle.loads(pickle.dumps(classifier)).predict_proba(X), expected)
    try:
        classifier.fit(X, y)
        os.write(write, b"fitted")
    except RuntimeError as error:
        os.write(write, str(error).encode())
    os._exit(0)
os.close(write)
print(os.fdopen(read).read())
{after}
"""

# Another thread is in the middle of what `before` starts when the process forks.
FORK_IN_AN_IMPORT = """
begun = threading.Event()
class Finder:
    def find_spec(name, *_):
        if name == "tensorflow.python":
            begun.set()
sys.meta_path.insert(0, Finder)
thread = threading.Thread(target=classifier.fit, args=(X, y))
thread.start()
begun.wait()
"""
FORK_IN_A_FIT = """
classifier.fit(X, y)
longer = AttentionSequenceClassifier(epochs=300, random_state=0)
thread = threading.Thread(target=longer.fit, args=(X, y))
thread.start()
"""
FORK_OF_OTHER_USE = """
import tensorflow
tensorflow.random.normal((300, 300)) @ tensorflow.ones((300, 300))
"""


@needs_fork
@pytest.mark.parametrize(
    ("before", "after", "outcome"),
    [
        pytest.param("", "", "fitted", id="of nothing"),
        pytest.param(FORK_IN_A_FIT, "thread.join()", CANNOT_FIT, id="of a fit, and in another"),
        pytest.param(FORK_IN_AN_IMPORT, "thread.join()", CANNOT_FIT, id="in the import"),
        pytest.param(FORK_OF_OTHER_USE, "", CANNOT_FIT, id="of other use of TensorFlow"),
    ],
)
def test_fork(before, after, outcome):
    assert outcome in run_python(FORK.format(before=before, after=after))


@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_other_start_methods(method):
    if method not in multiprocessing.get_all_start_methods():
        pytest.skip(f"needs start method {method}")
    context = multiprocessing.get_context(method)
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        result = pool.submit(fit_and_predict).result(timeout=300)
    np.testing.assert_array_equal(result, fit_and_predict())


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
