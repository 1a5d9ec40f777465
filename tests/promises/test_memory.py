"""Data in memory-mapped files are streamed, not loaded, and many fits leave nothing behind."""

import subprocess
import sys

import numpy as np
import pytest

from sk_attnseq import AttentionSequenceClassifier
from tests.data import pad_with_nan
from tests.promises.kinds import KINDS, predictions

START = """
import gc, os, sys, threading
import numpy as np
from sk_attnseq import AttentionSequenceClassifier, AttentionSequenceRegressor

def resident():
    pages = int(open('/proc/self/statm').read().split()[1])
    return pages * os.sysconf('SC_PAGE_SIZE') / 1e6
"""

# Fits once on a little data, so that all code is loaded, then on all of it.
MEASURE = """
X = np.memmap(sys.argv[1], dtype=np.float32, mode='r', shape=(20_000, 25, 100))
y = np.arange(len(X)) % 2
classifier = AttentionSequenceClassifier(units=4, epochs=1, random_state=0)
classifier.fit(np.array(X[:1_000]), y[:1_000]).predict(np.array(X[:1_000]))
before, largest, done = resident(), [0.0], threading.Event()

def watch():
    while not done.wait(0.002):
        largest[0] = max(largest[0], resident() - before)

thread = threading.Thread(target=watch)
thread.start()
classifier.fit(X, y)
classifier.partial_fit(X[:10_000], y[:10_000])
classifier.predict(X)
done.set()
thread.join()
print(largest[0])
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_file_larger_than_the_growth_of_memory(tmp_path):
    path = tmp_path / "X.float32"
    rng = np.random.default_rng(0)
    with path.open("wb") as file:
        for _ in range(20):
            file.write(rng.normal(size=(1_000, 25, 100)).astype(np.float32).tobytes())
    assert path.stat().st_size == 200_000_000
    assert float(run(MEASURE, path)) < 100


def run(code, *arguments):
    """What a fresh process prints."""
    command = [sys.executable, "-c", START + code, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


# In the first 12 fits each shape comes, and its program is compiled; after them all comes again
# with other values and costs nothing.
LONG_RUN = """
def fit(i):
    rng = np.random.default_rng(i)
    X = rng.normal(size=(24 + i % 12, 3 + i % 2, 2)).astype(np.float32)
    y = np.arange(len(X)) % 2
    make = AttentionSequenceRegressor if i % 12 in (3, 8) else AttentionSequenceClassifier
    estimator = make(
        units=2, epochs=2, attention=(None, 'pooling', 'multihead')[i % 3],
        early_stopping=i % 4 == 0, learning_rate=0.001 * (1 + i), random_state=i,
    )
    return estimator.fit([x[:1 + i % 3] for x in X] if i % 4 == 1 else X, y)

def measure():
    gc.collect()
    return resident(), len(os.listdir('/proc/self/task')), threading.active_count()

for i in range(12):
    last = fit(i)
before = measure()
for i in range(12, 132):
    last = fit(i)
X = np.ones((1, 4, 2))
for i in range(3_000):
    last.predict(X)
print(*(now - then for now, then in zip(measure(), before)))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_many_fits_and_predictions_leave_memory_and_threads_as_they_are():
    growth, new_threads, new_python_threads = map(float, run(LONG_RUN).split())
    assert growth < 5  # MB; a program compiled anew for each fit would take over 1,000
    assert new_threads <= 0
    assert new_python_threads <= 0


def mapped(path, X, mode="r"):
    X.tofile(path)
    return np.memmap(path, dtype=X.dtype, mode=mode, shape=X.shape)


@pytest.mark.parametrize(("kind", "dtype"), [("classifier", np.float32), ("regressor", np.float64)])
def test_a_mapped_file_is_an_array(kind, dtype, ragged, tmp_path):
    X, y = pad_with_nan(ragged[0], 12).astype(dtype), ragged[1]
    estimator = KINDS[kind][0](epochs=2, early_stopping=True, random_state=0)
    expected = predictions(estimator.fit(X, y), X)
    X_mapped, y_mapped = mapped(tmp_path / "X", X), mapped(tmp_path / "y", y)
    found = predictions(estimator.fit(X_mapped, y_mapped), X_mapped)
    np.testing.assert_array_equal(found, expected)


def test_changes_of_a_copy_on_write_map_survive(sequences_and_labels, tmp_path):
    X, y = sequences_and_labels
    X_mapped = mapped(tmp_path / "X", X, mode="c")
    X_mapped[:] = 7
    AttentionSequenceClassifier(epochs=1).fit(X_mapped[:, :, :], y)
    assert (X_mapped == 7).all()
