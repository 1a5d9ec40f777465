"""Devices, as far as a machine without a GPU can tell: a second CPU stands for it."""

import re

import numpy as np
import pytest
import tensorflow as tf
from sklearn.model_selection import cross_val_score

from sk_attnseq import AttentionSequenceClassifier
from sk_attnseq._runtime import startup_log
from sk_attnseq._training import devices
from tests.processes import run_process

X, Y = np.random.default_rng(0).normal(size=(20, 4, 2)), np.arange(20) % 2


@pytest.mark.parametrize(
    ("device", "name"),
    [("cpu", "/CPU:0"), ("gpu", "/GPU:0"), ("gpu:0", "/GPU:0"), ("gpu:12", "/GPU:12")],
)
def test_names(device, name):
    assert devices.tensorflow_name(device) == name


def test_error_lists_what_is_there_and_what_tensorflow_said(monkeypatch):
    said = ["Cannot dlopen some GPU libraries.", "Could not find cuda drivers."]
    dropped = [f"I0000 00:00:17.123456    2 gpu.cc:1] {text}" for text in ("else", *said, *said)]
    monkeypatch.setattr(startup_log, "dropped", dropped)
    classifier = AttentionSequenceClassifier(device="gpu:77", epochs=1)
    with pytest.raises(ValueError, match=re.escape(" ".join(said)) + "$") as raised:
        classifier.fit(X, Y)
    assert "device == 'gpu:77', but TensorFlow finds only ['cpu'" in str(raised.value)
    assert vars(classifier) == vars(AttentionSequenceClassifier(device="gpu:77", epochs=1))


def test_predictions_and_the_keras_model_do_not_need_the_device():
    classifier = AttentionSequenceClassifier(2, epochs=1, random_state=0).fit(X, Y)
    expected = classifier.predict_proba(X)
    classifier.set_params(device="gpu:77")
    np.testing.assert_array_equal(classifier.predict_proba(X), expected)
    np.testing.assert_allclose(classifier.model_.predict(X, verbose=0), expected, atol=1e-6)
    with pytest.raises(ValueError, match="device == 'gpu:77'"):
        classifier.partial_fit(X, Y)


def test_error_where_nothing_can_be_compiled_for_a_gpu(monkeypatch):
    def cannot(name):
        raise tf.errors.InternalError(None, None, f"libdevice not found for {name}.")

    monkeypatch.setattr(tf.config, "list_logical_devices", lambda kind: [kind])
    monkeypatch.setattr(devices, "_start_quietly", cannot)
    with pytest.raises(RuntimeError, match=r"/GPU:0\. Take device='cpu'"):
        AttentionSequenceClassifier(device="gpu").fit(X, Y)


def test_workers_of_a_search_inherit_the_device():
    wrong = AttentionSequenceClassifier(device="gpu:first")  # which is checked before all else
    with pytest.raises(ValueError, match="device == 'gpu:first'"):
        cross_val_score(wrong, X, Y, cv=2, n_jobs=2, error_score="raise")


@pytest.mark.parametrize(
    ("growth", "parts", "asked_for"),
    [
        pytest.param([None, None], [None, None], ["gpu 0", "gpu 1"], id="nothing configured"),
        pytest.param([None, False], [None, None], [], id="growth configured"),
        pytest.param([None, None], [None, ["part"]], [], id="parts configured"),
        pytest.param([], [], [], id="no GPU"),
    ],
)
@pytest.mark.parametrize("started", [False, True], ids=["", "started"])
def test_memory_of_pretended_gpus(growth, parts, asked_for, started, monkeypatch):
    asked = []

    def set_memory_growth(gpu, enable):
        assert enable is True
        if started:
            raise RuntimeError("Physical devices cannot be modified after being initialized")
        asked.append(gpu)

    gpus = [f"gpu {i}" for i in range(len(growth))]
    growths, partitions = dict(zip(gpus, growth, strict=True)), dict(zip(gpus, parts, strict=True))
    monkeypatch.setattr(tf.config, "get_visible_devices", {"GPU": gpus}.get)
    monkeypatch.setattr(tf.config, "get_logical_device_configuration", partitions.get)
    monkeypatch.setattr(tf.config.experimental, "get_memory_growth", growths.get)
    monkeypatch.setattr(tf.config.experimental, "set_memory_growth", set_memory_growth)
    devices._let_memory_grow()
    assert asked == ([] if started else asked_for)


TWO_CPUS = """
import tensorflow as tf
[cpu] = tf.config.list_physical_devices("CPU")
two = 2 * [tf.config.LogicalDeviceConfiguration()]
tf.config.set_logical_device_configuration(cpu, two)
"""

# All that is meant for the CPU is sent to the second one. What still runs on the first one runs
# where TensorFlow likes, which on a machine with a GPU is the GPU.
LOG_PLACES = """
import os
tf.debugging.set_log_device_placement(True)
from sk_attnseq._training import devices
devices.CPU = "/CPU:1"
import numpy as np
from sk_attnseq import attention_mechanism_for_sequences
import sk_attnseq._training.fitting
os.write(2, b"BEGIN")
attention_mechanism_for_sequences(np.zeros((8, 2, 2)), np.arange(8), 1)  # returns a Keras model
os.write(2, b"END")
"""

# Two epochs on each CPU, of which the one that is not `devices.CPU` has loops of another kind, as
# a GPU has.
TRAIN_ON_TWO = """
from sk_attnseq._training.train_epochs import train_epochs
from sk_attnseq._training.training_options import TrainingOptions
from sk_attnseq._training.initial_weights import initial_state
from tests.data import make_data
from tests.networks import make_architecture

rng = np.random.default_rng(0)
X = [rng.normal(size=(n, 3)).astype(np.float32) for n in rng.integers(1, 8, 20)]
data = make_data(X, np.arange(20) % 2)
network = make_architecture(
    "multihead", (3,), conv_filters=(3,), kernel_size=(3,), pool_size=2, bidirectional=True,
    n_features=3, n_classes=2, dtype="float64",
)
common = {"architecture": network, "epochs": range(2), "seed": 0}
results = []
for device in ("/CPU:0", "/CPU:1"):
    options = TrainingOptions(0.01, batch_size=6)
    start = initial_state(network, seed=0)
    *_, (state, loss, _) = train_epochs(data, start, options=options, device=device, **common)
    results.append([*state, loss])
for actual, expected in zip(*results, strict=True):
    np.testing.assert_allclose(actual, expected, rtol=1e-10, atol=1e-12)
print("the same")
"""


@pytest.fixture(scope="module")
def process_with_two_cpus():
    return run_process(TWO_CPUS + LOG_PLACES + TRAIN_ON_TWO)


def test_training_on_another_device_gives_the_same(process_with_two_cpus):
    assert process_with_two_cpus.stdout.endswith("\nthe same\n")


def test_nothing_runs_where_tensorflow_likes(process_with_two_cpus):
    log = process_with_two_cpus.stderr.split("BEGIN")[1].split("END")[0]
    places = dict.fromkeys(re.findall(r"Executing op (\S+) in device \S+:(.PU:\d)", log))
    assert [op for op, place in places if place != "CPU:1"] == []
    assert any(op.startswith("__inference__loop") for op, _ in places)
