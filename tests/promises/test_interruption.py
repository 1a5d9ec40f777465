"""A fit that is broken off leaves the estimator as it was, and the next fit as good as new."""

import contextlib
import io
import signal
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from sk_attnseq import AttentionSequenceClassifier
from sk_attnseq.datasets import make_sequence_classification
from tests.callbacks import IdleCallback
from tests.processes import run_python
from tests.promises.kinds import KINDS, predictions

pytestmark = pytest.mark.usefixtures("weights_as_in_a_fresh_process")

X, Y = make_sequence_classification(90, 7, n_classes=3, random_state=0)


def make_classifier(estimator_type=AttentionSequenceClassifier, **parameters):
    return estimator_type(
        **{"units": 6, "epochs": 4, "dropout": 0.2, "random_state": 0, **parameters}
    )


@pytest.fixture(scope="module")
def bits_in_a_fresh_process():
    """What `make_classifier` predicts, fitted to X and Y in a process that does nothing else."""
    code = (
        "from tests.promises.test_interruption import X, Y, make_classifier;"
        "print(make_classifier().fit(X, Y).predict_proba(X).tobytes().hex())"
    )
    return run_python(code).split()[-1]


class BrokenOutput(io.StringIO):
    """A standard output that fails when a line about this epoch is written to it."""

    def __init__(self, epoch, exception):
        super().__init__()
        self.line, self.exception = f"Epoch {epoch}/", exception

    def write(self, text):
        if text.startswith(self.line):
            raise self.exception
        return super().write(text)


@pytest.fixture(params=[KeyboardInterrupt, BrokenPipeError], ids=["ctrl-c", "error"])
def break_off(request):
    """Call a method that trains on other data, and break it off after an epoch."""

    def call(method, y=Y, *, epoch, **arguments):
        output = BrokenOutput(epoch, request.param)
        with contextlib.redirect_stdout(output), pytest.raises(request.param):
            method(X[::-1], y, **arguments)

    return call


def everything(estimator):
    """All attributes, arrays as bytes, and predictions."""
    attributes = {
        name: [part.tobytes() for part in value] if name == "_state" else repr(value)
        for name, value in vars(estimator).items()
        if name != "_forward_pass"  # which is made from the weights and makes the predictions
    }
    return attributes, predictions(estimator, X).tobytes()


def test_the_first_fit(break_off, bits_in_a_fresh_process):
    classifier = make_classifier(verbose=1)
    before = dict(vars(classifier))
    break_off(classifier.fit, epoch=3)
    assert vars(classifier) == before
    assert not classifier.__sklearn_is_fitted__()
    assert classifier.fit(X, Y).predict_proba(X).tobytes().hex() == bits_in_a_fresh_process


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("warm_start", [False, True])
def test_another_fit(warm_start, kind, break_off):
    estimator_type, y = KINDS[kind]
    options = {"estimator_type": estimator_type, "warm_start": warm_start}
    estimator = make_classifier(**options, verbose=1).fit(X, y)
    before = everything(estimator)
    # Numbers with another mean, as a fit that is broken off must not change their units.
    break_off(estimator.fit, y if kind == "classifier" else -y, epoch=3)
    assert everything(estimator) == before
    expected = make_classifier(**options).fit(X, y)
    for one in (estimator, expected):
        one.fit(X, y)
    np.testing.assert_array_equal(predictions(estimator, X), predictions(expected, X))


@pytest.mark.parametrize("kind", KINDS)
def test_partial_fit(kind, break_off):
    estimator_type, y = KINDS[kind]
    classes = {"classes": [0, 1, 2]} if kind == "classifier" else {}
    estimator = make_classifier(estimator_type, verbose=1)
    break_off(estimator.partial_fit, y, epoch=1, **classes)
    assert not estimator.__sklearn_is_fitted__()
    estimator.partial_fit(X, y, **classes)
    before = everything(estimator)
    break_off(estimator.partial_fit, y, epoch=1)
    assert everything(estimator) == before
    expected = make_classifier(estimator_type).partial_fit(X, y, **classes).partial_fit(X, y)
    np.testing.assert_array_equal(
        predictions(estimator.partial_fit(X, y), X), predictions(expected, X)
    )


def test_a_callback(bits_in_a_fresh_process):
    pytest.importorskip("sklearn.callback", reason="scikit-learn >= 1.9")

    class Breaks(IdleCallback):
        """Raises at the end of the second epoch."""

        exception = KeyboardInterrupt

        def on_fit_task_end(self, estimator, context):
            if context.task_name == "epoch" and context.task_id == 1:
                raise self.exception

    callback = Breaks()
    classifier = make_classifier().set_callbacks(callback)
    for Breaks.exception in (KeyboardInterrupt, ZeroDivisionError):
        with pytest.raises(Breaks.exception):
            classifier.fit(X, Y)
        assert not classifier.__sklearn_is_fitted__()
    classifier.set_callbacks()
    assert classifier.fit(X, Y).predict_proba(X).tobytes().hex() == bits_in_a_fresh_process
    before = everything(classifier)
    classifier.set_callbacks(callback)
    for Breaks.exception in (KeyboardInterrupt, ZeroDivisionError):
        with pytest.raises(Breaks.exception):
            classifier.fit(X[::-1], Y)
    classifier.set_callbacks()
    assert everything(classifier) == before


@contextlib.contextmanager
def first_tracing_breaks_off(exception):
    """Make the first call of a Keras model raise, which is where a program is made."""
    import keras  # not at the top, as a test imports this module to import TensorFlow later

    broken = threading.Event()
    call = keras.Model.stateless_call

    def break_once(*args, **kwargs):
        if not broken.is_set():
            broken.set()
            raise exception
        return call(*args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keras.Model, "stateless_call", break_once)
        yield
    assert broken.is_set()


COMPILATION = """
import pytest
from tests.promises.test_interruption import first_tracing_breaks_off

classifier = make_classifier()
for exception in (KeyboardInterrupt, RuntimeError):
    with first_tracing_breaks_off(exception), pytest.raises(exception):
        classifier.fit(X, Y)
    assert not classifier.__sklearn_is_fitted__()
print(classifier.fit(X, Y).predict_proba(X).tobytes().hex())
"""


def test_compilation_that_another_thread_waits_for():
    """If the thread that compiles fails, the other compiles for itself: it does not wait."""
    start = threading.Barrier(2)

    def fit(_):
        start.wait(timeout=60)
        with contextlib.suppress(RuntimeError):
            return make_classifier(units=23).fit(X, Y).predict_proba(X)

    with first_tracing_breaks_off(RuntimeError), ThreadPoolExecutor(2) as pool:
        results = list(pool.map(fit, range(2), timeout=300))
    (result,) = (result for result in results if result is not None)
    np.testing.assert_array_equal(result, make_classifier(units=23).fit(X, Y).predict_proba(X))


def ctrl_c(*_):
    signal.raise_signal(signal.SIGINT)


def time_limit(*_):
    raise TimeoutError


def interrupted(call, *args, seconds, handler):
    """Call, and send this process a signal after some seconds, if it takes so long.

    No other error comes of it than what the signal's handler raises.
    """
    signal.signal(signal.SIGALRM, handler)
    with contextlib.suppress(KeyboardInterrupt, TimeoutError):
        signal.setitimer(signal.ITIMER_REAL, seconds)
        call(*args)
        signal.setitimer(signal.ITIMER_REAL, 0)


# What is asserted holds whenever the signal comes: it does not depend on the clock.
SIGNAL_IN_COMPILING_AND_TRAINING = """
import numpy as np
from tests.promises.test_interruption import ctrl_c, everything, interrupted

for units, seconds, handler in ((3, 0.2, ctrl_c), (4, 0.7, time_limit)):
    first = make_classifier(units=units)
    before = dict(vars(first))
    interrupted(first.fit, X, Y, seconds=seconds, handler=handler)
    assert first.__sklearn_is_fitted__() or vars(first) == before
    after = everything(first.fit(X, Y))
    assert after == everything(make_classifier(units=units).fit(X, Y))

fit = everything(make_classifier(epochs=200).fit(X, Y))
other = make_classifier(epochs=200).fit(X[::-1], Y)
before = everything(other)
for i, seconds in enumerate(np.linspace(0.001, 0.2, 40)):
    interrupted(other.fit, X, Y, seconds=seconds, handler=(ctrl_c, time_limit)[i % 2])
    assert everything(other) in (before, fit)
    before = everything(other)
print(make_classifier().fit(X, Y).predict_proba(X).tobytes().hex())
"""

SIGNALS_IN_THE_IMPORT_OF_TENSORFLOW = """
import signal, sys
from tests.promises.test_interruption import X, Y, make_classifier, time_limit

signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs ignore it
signal.signal(signal.SIGTERM, time_limit)

class Interrupts:
    def find_spec(name, *_):
        if name == "tensorflow.python.ops.nn_ops":  # after which no later import mends
            sys.meta_path.remove(Interrupts)
            for signum in (signal.SIGINT, signal.SIGTERM):
                signal.raise_signal(signum)

sys.meta_path.insert(0, Interrupts)
assert "tensorflow" not in sys.modules
classifier = make_classifier()
before = dict(vars(classifier))
try:
    classifier.fit(X, Y)
except (KeyboardInterrupt, TimeoutError):
    pass
else:
    raise AssertionError("The signals were lost.")
assert vars(classifier) == before
"""


@pytest.fixture(scope="module")
def bits_after_all():
    """What two fits predict in a process whose fits are broken off in the import of TensorFlow,
    and in compilation, before the first one, and by signals at all times before the second one.
    """
    code = SIGNALS_IN_THE_IMPORT_OF_TENSORFLOW + COMPILATION
    if hasattr(signal, "setitimer"):
        code += SIGNAL_IN_COMPILING_AND_TRAINING
    return run_python(code).split()


def test_import_and_compilation(bits_after_all, bits_in_a_fresh_process):
    """The import goes on in spite of signals: what is broken off, no later import would mend."""
    assert bits_after_all[0] == bits_in_a_fresh_process


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs signal.setitimer")
def test_a_signal_while_compiling_and_training(bits_after_all, bits_in_a_fresh_process):
    assert bits_after_all[1] == bits_in_a_fresh_process
