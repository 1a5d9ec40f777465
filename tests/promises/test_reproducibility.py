"""The same seed gives the same bits, and nobody else's state is touched."""

import os
import random
import re
from concurrent.futures import ThreadPoolExecutor

import keras
import numpy as np
import pytest
import tensorflow as tf

from sk_attnseq import AttentionSequenceClassifier
from sk_attnseq.datasets import make_sequence_classification
from tests.processes import run_process, run_python
from tests.promises.kinds import KINDS, X, predictions

DATA = {"n_samples": 90, "n_timesteps": 7, "random_state": 0}


def fit_and_predict(random_state=3, kind="classifier", **parameters):
    estimator_type, y = KINDS[kind]
    options = {"epochs": 3, "dropout": 0.2, **parameters}
    return predictions(estimator_type(random_state=random_state, **options).fit(X, y), X)


@pytest.mark.parametrize("kind", KINDS)
def test_two_fits(kind):
    np.testing.assert_array_equal(fit_and_predict(kind=kind), fit_and_predict(kind=kind))


def test_another_seed():
    assert not np.array_equal(fit_and_predict(), fit_and_predict(random_state=4))


def test_random_state_instance_moves_on():
    random_state = np.random.RandomState(0)
    assert not np.array_equal(fit_and_predict(random_state), fit_and_predict(random_state))


def test_after_other_fits():
    expected = fit_and_predict()
    fit_and_predict(random_state=None, units=5, attention=None)
    np.testing.assert_array_equal(fit_and_predict(), expected)


@pytest.mark.parametrize("kind", KINDS)
def test_in_threads(kind):
    expected = fit_and_predict(kind=kind)
    with ThreadPoolExecutor(4) as pool:
        for result in pool.map(lambda _: fit_and_predict(kind=kind), range(4)):
            np.testing.assert_array_equal(result, expected)


def test_first_fits_in_threads():
    """TensorFlow starts once, and who comes second waits until it has."""
    code = """
from concurrent.futures import ThreadPoolExecutor
from sk_attnseq import AttentionSequenceClassifier
from sk_attnseq.datasets import make_sequence_classification
X, y = make_sequence_classification(40, 3, 2, random_state=0)
fit = lambda seed: AttentionSequenceClassifier(epochs=1, random_state=seed).fit(X, y).n_iter_
with ThreadPoolExecutor(4) as pool:
    print(sum(pool.map(fit, range(4))))
"""
    assert run_python(code) == "4\n"


# Prints the probabilities, and whether all around the process is as TensorFlow has made it.
IN_A_FRESH_PROCESS = """
import os, sys
from pathlib import Path
from tests.promises.test_reproducibility import fit_and_predict

def surroundings():
    return dict(os.environ), sorted(Path.home().rglob("*")), os.getcwd(), list(sys.path)

assert {"keras", "tensorflow"} <= set(sys.modules)
before = surroundings()
print(fit_and_predict().tobytes().hex())
print(surroundings() == before)
"""


def run_in_a_fresh_process(home, **environment):
    environment.update(HOME=str(home), USERPROFILE=str(home))
    return run_process(IN_A_FRESH_PROCESS, **environment).stdout.split()


@pytest.fixture(scope="module")
def fresh_process(tmp_path_factory):
    return run_in_a_fresh_process(tmp_path_factory.mktemp("home"))


@pytest.mark.usefixtures("weights_as_in_a_fresh_process")
def test_in_a_fresh_process(fresh_process):
    bits, _ = fresh_process
    assert bits == fit_and_predict().tobytes().hex()


def test_environment_and_home_are_as_tensorflow_makes_them(fresh_process):
    _, same = fresh_process
    assert same == "True"


@pytest.mark.usefixtures("weights_as_in_a_fresh_process")
def test_another_number_of_threads_changes_rounding_at_most(tmp_path):
    threads = {"TF_NUM_INTRAOP_THREADS": "3", "OPENBLAS_NUM_THREADS": "3"}
    bits, _ = run_in_a_fresh_process(tmp_path, **threads)
    probabilities = np.frombuffer(bytes.fromhex(bits)).reshape(90, -1)
    # Sums are cut elsewhere, and in the nine steps of this fit, rounding has hardly grown.
    np.testing.assert_allclose(probabilities, fit_and_predict(), rtol=0, atol=1e-5)


def test_global_state_is_untouched():
    np.random.seed(0)
    random.seed(0)
    keras.utils.clear_session()  # Keras's own generator too, which before 3.13 goes on
    keras.utils.set_random_seed(0)
    X, y = make_sequence_classification(**DATA)
    numpy_state, python_state = np.random.get_state(), random.getstate()
    environment, logging_level = dict(os.environ), tf.get_logger().level
    expected = tf.random.uniform(()), keras.random.uniform(())
    keras.utils.clear_session()
    keras.utils.set_random_seed(0)
    # A network that no other test has, so that it is built and compiled here.
    options = {"units": (3, 11), "conv_filters": 2, "pool_size": 2, "dropout": 0.1}
    classifier = AttentionSequenceClassifier(epochs=1, random_state=0, **options).fit(X, y)
    classifier.predict_proba(X)
    _ = classifier.model_
    assert random.getstate() == python_state
    for actual, before in zip(np.random.get_state(), numpy_state, strict=True):
        np.testing.assert_array_equal(actual, before)
    assert (tf.random.uniform(()), keras.random.uniform(())) == expected
    assert dict(os.environ) == environment
    assert tf.get_logger().level == logging_level
    assert keras.config.floatx() == "float32"


FIT = """
import numpy as np
from sk_attnseq import AttentionSequenceClassifier
X = np.arange(48.0).reshape(8, 3, 2)
classifier = AttentionSequenceClassifier(epochs=1).fit(X, [0, 1] * 4)
"""


# What the user has TensorFlow say and log after a fit.
TALK = """
import os
os.write(2, b"FITTED")
import tensorflow as tf
tf.raw_ops.PrintV2(input="as ever", output_stream="stderr")
tf.get_logger().warning("a warning")
"""


@pytest.fixture(scope="module")
def talk():
    double = 'AttentionSequenceClassifier(epochs=1, dtype="float64").fit(X, [0, 1] * 4)\n'
    return run_process(FIT + double + TALK, PYTHONWARNINGS="ignore")


def test_nothing_is_printed(talk):
    assert talk.stdout == ""
    assert re.fullmatch(r"FITTEDas ever\n.*a warning\n", talk.stderr)


def test_nothing_is_printed_where_programs_come_from_a_persistent_cache(tmp_path):
    flags = f"--tf_xla_persistent_cache_directory={tmp_path}"
    for _ in ("written", "read"):
        process = run_process(FIT, TF_XLA_FLAGS=flags)
        assert (process.stdout, process.stderr) == ("", "")
    assert list(tmp_path.glob("*.pb"))


def test_nothing_is_printed_in_workers():
    code = """
import numpy as np
from sklearn.model_selection import ShuffleSplit, cross_val_score
from sk_attnseq import AttentionSequenceClassifier
X, one = np.arange(48.0).reshape(8, 3, 2), ShuffleSplit(1, random_state=0)
cross_val_score(AttentionSequenceClassifier(epochs=1), X, [0, 1] * 4, cv=one, n_jobs=2)
"""
    process = run_process(code)
    assert (process.stdout, process.stderr) == ("", "")


def test_tensorflow_of_the_user_still_talks(talk):
    """What TensorFlow logs after a fit reaches standard error as ever."""
    assert "as ever" in talk.stderr
    assert "a warning" in talk.stderr


def test_import_leaves_tensorflow_out():
    code = """
import sys, sk_attnseq, sk_attnseq.datasets, sk_attnseq.sequences
print({"tensorflow", "keras", "matplotlib"} & set(sys.modules))
"""
    assert run_python(code).strip() == "set()"
