"""Data in memory-mapped files are streamed, not loaded."""

import subprocess
import sys

import numpy as np
import pytest

from sk_attnseq import AttentionSequenceClassifier
from tests.conftest import pad_with_nan

# Fits once on a little data, so that all code is loaded, then on all of it.
MEASURE = """
import sys, threading
import numpy as np
from sk_attnseq import AttentionSequenceClassifier

def resident():
    return int(open('/proc/self/statm').read().split()[1]) * 4096 / 1e6

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
    process = subprocess.run(
        [sys.executable, "-c", MEASURE, str(path)], capture_output=True, text=True, check=True
    )
    assert float(process.stdout) < 100


def mapped(path, X, mode="r"):
    X.tofile(path)
    return np.memmap(path, dtype=X.dtype, mode=mode, shape=X.shape)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_mapped_file_is_an_array(dtype, ragged, tmp_path):
    X, y = pad_with_nan(ragged[0], 12).astype(dtype), ragged[1]
    classifier = AttentionSequenceClassifier(epochs=2, early_stopping=True, random_state=0)
    expected = classifier.fit(X, y).predict_proba(X)
    X_mapped = mapped(tmp_path / "X", X)
    np.testing.assert_array_equal(classifier.fit(X_mapped, y).predict_proba(X_mapped), expected)


def test_changes_of_a_copy_on_write_map_survive(sequences_and_labels, tmp_path):
    X, y = sequences_and_labels
    X_mapped = mapped(tmp_path / "X", X, mode="c")
    X_mapped[:] = 7
    AttentionSequenceClassifier(epochs=1).fit(X_mapped[:, :, :], y)
    assert (X_mapped == 7).all()
