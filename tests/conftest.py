"""Data and fitted classifiers that many tests use."""

import signal

import numpy as np
import pytest

from sk_attnseq import AttentionSequenceClassifier
from sk_attnseq._runtime.tensorflow_import import quiet_import
from sk_attnseq.datasets import make_sequence_classification
from tests.processes import ENVIRONMENT  # noqa: F401  as it is before any test


def pytest_addoption(parser):
    parser.addoption(
        "--other-weights",
        type=int,
        default=0,
        metavar="N",
        help="draw all initial weights from other seeds, so that a test that only the luck of a "
        "seed decides fails for some N; fresh processes that tests start draw them as ever",
    )


def pytest_xdist_auto_num_workers(config):
    """Two processes, which `pyproject.toml` says why; none but this one for tests of one file."""
    files = {config.invocation_params.dir / argument.partition("::")[0] for argument in config.args}
    return 0 if len(files) == 1 and files.pop().is_file() else 2


def pytest_report_header(config):
    n = config.getoption("other_weights")
    return f"initial weights: from other seeds (--other-weights={n})" if n else None


@pytest.fixture(scope="session", autouse=True)
def draw_as_ever(request):
    """Do what `--other-weights` asks for; give what draws weights without it, if it does."""
    n = request.config.getoption("other_weights")
    if not n:
        yield None
        return
    module = quiet_import("sk_attnseq._training.initial_weights")
    draw = module._draw
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_draw", lambda weight, seed: draw(weight, (seed + n) % 2**32))
        yield draw


@pytest.fixture
def weights_as_in_a_fresh_process(draw_as_ever, monkeypatch):
    """Draw initial weights as ever, for comparisons with a process that a test starts."""
    if draw_as_ever:
        monkeypatch.setattr("sk_attnseq._training.initial_weights._draw", draw_as_ever)


@pytest.fixture(scope="session")
def sequences_and_labels():
    """60 sequences of 10 timesteps x 5 features, 3 classes named by strings."""
    X, y = make_sequence_classification(60, n_classes=3, random_state=0)
    return X, np.array(["down", "still", "up"])[y]


@pytest.fixture(scope="session")
def ragged():
    """40 sequences of 2 to 9 timesteps x 3 features, as a list, and 2 classes."""
    rng = np.random.default_rng(0)
    lengths = rng.integers(2, 10, size=40)
    lengths[:2] = 2, 9
    X = [rng.normal(size=(length, 3)).astype(np.float32) for length in lengths]
    return X, np.arange(40) % 2


@pytest.fixture(scope="session")
def networks(ragged):
    """A network of each kind, fitted on sequences of different lengths."""
    options = {"epochs": 2, "num_heads": 3, "early_stopping": True, "random_state": 0}
    return {
        attention: AttentionSequenceClassifier(4, attention=attention, **options).fit(*ragged)
        for attention in ("pooling", "multihead", None)
    }


@pytest.fixture
def reach_time_limit():
    """Send this process a signal whose handler raises a TimeoutError."""

    def time_limit(*_):
        raise TimeoutError

    handler = signal.signal(signal.SIGTERM, time_limit)
    yield lambda: signal.raise_signal(signal.SIGTERM)
    signal.signal(signal.SIGTERM, handler)
