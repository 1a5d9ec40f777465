from pathlib import Path
from types import SimpleNamespace

import keras
import numpy as np
import pytest

from sk_attnseq._data.mixing import mix
from sk_attnseq._data.training_batches import chunk_steps, shuffled_batches
from sk_attnseq._training.batch_shapes import Shape
from sk_attnseq._training.initial_weights import initial_state
from sk_attnseq._training.train_epochs import train_epochs
from sk_attnseq._training.training_options import TrainingOptions
from sk_attnseq._training.user_model import build_model
from tests.data import make_data, pad_with_nan
from tests.networks import NETWORKS, flat_weights, make_architecture, name_network

MAPS = Path("/proc/self/maps")
CHOOSE_SHAPES = "sk_attnseq._training.train_epochs.choose_shapes"


def train(data, state, architecture, *, epochs=1, unwatched=False, **options):
    states = train_epochs(
        data,
        state,
        architecture=architecture,
        options=TrainingOptions(**{"learning_rate": 0.01, **options}),
        epochs=epochs if isinstance(epochs, range) else range(epochs),
        seed=0,
        unwatched=unwatched,
    )
    return list(states)


def keras_fit(architecture, state, data, X, *, sample_weight=None, **options):
    """Loss, accuracy and weights of an epoch of Keras's own `fit`, in the engine's order."""
    options = TrainingOptions(**{"learning_rate": 0.01, **options})
    model = build_model(architecture, state, options)
    model.run_eagerly = True  # to compile takes ten times as long
    order = np.random.default_rng((0, 0)).permutation(len(data))
    history = model.fit(
        X[order],
        data.targets[order],
        sample_weight=None if sample_weight is None else sample_weight[order],
        batch_size=options.batch_size,
        shuffle=False,
        verbose=0,
    )
    weights = np.concatenate([w.ravel() for w in model.get_weights()])
    return history.history["loss"][0], history.history["accuracy"][0], weights


@pytest.mark.parametrize("options", NETWORKS, ids=name_network)
def test_epochs_are_keras_fit(options, sequences_and_labels):
    """An epoch of two batches, the last not full, and one of a batch that is padded."""
    X, y = sequences_and_labels
    X, targets = X.astype(np.float32), np.unique(y, return_inverse=True)[1]
    lengths = np.random.default_rng(0).integers(1, 11, size=32)
    lengths[0] = 10
    ragged = [x[:length] for x, length in zip(X[:32], lengths, strict=True)]
    architecture = make_architecture(**options, n_classes=3)
    state = initial_state(architecture, seed=0)
    for sequences, values in ((X, X), (ragged, pad_with_nan(ragged, 10))):
        data = make_data(sequences, targets[: len(sequences)])
        [(trained, loss, accuracy)] = train(data, state, architecture, alpha=0.001)
        expected_loss, expected_accuracy, expected_weights = keras_fit(
            architecture, state, data, values, alpha=0.001
        )
        assert loss == pytest.approx(expected_loss, rel=1e-5)
        assert accuracy == pytest.approx(expected_accuracy)
        np.testing.assert_allclose(trained[0], expected_weights, atol=2e-5)
        assert not np.allclose(trained[0], state[0], atol=1e-3)  # it did learn


def test_weights_are_keras_sample_weights(sequences_and_labels):
    X, y = sequences_and_labels
    weights = np.random.default_rng(0).uniform(0, 2, size=len(X))
    data = make_data(X, np.unique(y, return_inverse=True)[1], weights)
    # In single precision, Adam makes much of how a small gradient was rounded.
    architecture = make_architecture(n_classes=3, dtype="float64")
    state = initial_state(architecture, seed=0)
    [(trained, _, _)] = train(data, state, architecture)
    _, _, expected = keras_fit(architecture, state, data, X, sample_weight=weights)
    np.testing.assert_allclose(trained[0], expected, atol=1e-6)


def test_clipnorm_is_keras_global_clipnorm(sequences_and_labels):
    X, y = sequences_and_labels
    data = make_data(X, np.unique(y, return_inverse=True)[1])
    architecture = make_architecture(n_classes=3, dtype="float64")
    # Adam makes the same step of a gradient and of half of it: what was there before shows.
    [*_, (state, _, _)] = train(data, initial_state(architecture, seed=0), architecture)
    [(free, _, _)] = train(data, state, architecture)
    [(clipped, _, _)] = train(data, state, architecture, clipnorm=0.1)
    _, _, expected = keras_fit(architecture, state, data, X, clipnorm=0.1)
    np.testing.assert_allclose(clipped[0], expected, atol=1e-6)
    assert not np.allclose(clipped[0], free[0], atol=1e-3)


@pytest.mark.parametrize("options", [{"mixup": 1.0}, {"cutmix": 1.0}], ids=str)
def test_mixtures_are_keras_fit_to_soft_labels(options, ragged):
    X, y = ragged
    data, n = make_data(X, y), len(X)
    architecture = make_architecture(n_features=3, n_classes=2)
    state = initial_state(architecture, seed=0)
    [(trained, loss, _)] = train(data, state, architecture, batch_size=n, **options)
    # What the epoch draws from the same generator: the order, and the mixtures.
    rng = np.random.default_rng((0, 0))
    dtype = architecture.dtype
    [batches] = shuffled_batches(data, max_steps=256, batch_size=n, dtype=dtype, rng=rng)
    batches = mix(batches, **{"mixup": 0.0, "cutmix": 0.0, **options}, rng=rng)
    values = batches.gather(np.arange(n), n_timesteps=9, dtype=dtype)
    sequences = [row[:length] for row, length in zip(values, batches.lengths[0], strict=True)]
    soft = (n * batches.weights[0][..., np.newaxis] * np.eye(2)[batches.targets[0]]).sum(axis=0)
    assert np.count_nonzero((soft > 0).all(axis=1)) > 2
    model = build_model(architecture, state, TrainingOptions(0.01))
    model.compile(model.optimizer, "categorical_crossentropy", metrics=[])
    expected = model.train_on_batch(pad_with_nan(sequences, 9), soft, return_dict=True)
    assert loss == pytest.approx(float(expected["loss"]), rel=1e-5)
    np.testing.assert_allclose(trained[0], flat_weights(model), atol=2e-5)


def test_the_last_epochs_are_not_mixed(sequences_and_labels):
    X, y = sequences_and_labels
    data = make_data(X.astype(np.float32), np.unique(y, return_inverse=True)[1])
    architecture = make_architecture(n_classes=3)
    state = initial_state(architecture, seed=0)
    *_, (before, *_), (last, loss, _) = train(data, state, architecture, epochs=5, cutmix=1.0)
    [(expected, expected_loss, _)] = train(data, before, architecture, epochs=range(4, 5))
    assert loss == pytest.approx(expected_loss, rel=1e-6)
    np.testing.assert_allclose(last[0], expected[0], atol=2e-5)
    assert not np.allclose(last[0], before[0], atol=1e-3)


STEM = {"conv_filters": (4, 3), "kernel_size": (3, 2), "pool_size": 2, "dtype": "float64"}


def keras_steps(architecture, state, X, y, options, *, epochs):
    """All weights after epochs of Keras's `train_on_batch`, in double precision throughout."""
    model = build_model(architecture, state, options)
    loss = keras.losses.SparseCategoricalCrossentropy(dtype="float64")
    model.compile(model.optimizer, loss, run_eagerly=True)
    norms = [x for x in model.layers if isinstance(x, keras.layers.BatchNormalization)]
    starts = range(0, len(X), options.batch_size)
    n_steps = epochs * len(starts)
    rates = iter(options.learning_rates(np.arange(n_steps), n_steps))
    for epoch in range(epochs):
        order = np.random.default_rng((0, epoch)).permutation(len(X))
        for start in starts:
            rows = order[start : start + options.batch_size]
            model.optimizer.learning_rate = next(rates)
            for norm in norms:  # at first, moving moments are plain means
                norm.momentum = min(0.9, 1 - 1 / (int(model.optimizer.iterations) + 1))
            model.train_on_batch(X[rows], y[rows])
    assert next(rates, None) is None
    return flat_weights(model)


@pytest.mark.parametrize(
    "network",
    [
        {"attention": "pooling", "units": (4,)},
        {"attention": "multihead", "units": (4,), "bidirectional": True},
        {"attention": None, "units": (4, 3)},
    ],
    ids=lambda network: str(network["attention"]),
)
def test_steps_with_a_stem_are_those_of_keras(network, ragged):
    """Weights and moving moments, with all that changes a step; each batch has all samples."""
    X, y = ragged
    data = make_data(X, y)
    architecture = make_architecture(**network, **STEM, n_features=3, n_classes=2)
    state = initial_state(architecture, seed=0)
    options = {
        "learning_rate_schedule": "one_cycle",
        "weight_decay": 2.0,
        "clipnorm": 0.2,
        "batch_size": len(X),
    }
    *_, (trained, _, _) = train(data, state, architecture, epochs=3, **options)
    options = TrainingOptions(0.01, **options)
    padded = pad_with_nan(X, 9).astype(np.float64)
    expected = keras_steps(architecture, state, padded, data.targets, options, epochs=3)
    # Keras rounds losses and learning rates to single precision.
    np.testing.assert_allclose(trained[0], expected, rtol=0, atol=2e-6)
    assert not np.allclose(trained[0], state[0], atol=1e-3)


def test_one_cycle_is_over_all_steps_of_all_epochs(sequences_and_labels):
    X, y = sequences_and_labels
    X, y = X[:60].astype(np.float32), np.unique(y, return_inverse=True)[1]
    architecture = make_architecture(None, (3,), **STEM, n_classes=3)
    state = initial_state(architecture, seed=0)
    options = {"learning_rate_schedule": "one_cycle", "batch_size": 20}
    *_, (trained, _, _) = train(make_data(X, y), state, architecture, epochs=2, **options)
    expected = keras_steps(architecture, state, X, y, TrainingOptions(0.01, **options), epochs=2)
    np.testing.assert_allclose(trained[0], expected, rtol=0, atol=2e-6)


def test_a_last_batch_that_is_not_full_moves_moments_less():
    """At no learning rate to speak of, the convolution stays, and so do moments of batches."""
    X = np.random.default_rng(0).normal(size=(40, 8, 2)).astype(np.float32)
    architecture = make_architecture(
        None, (2,), conv_filters=(3,), kernel_size=(1,), n_features=2, dtype="float64"
    )
    state = initial_state(architecture, seed=0)
    data = make_data(X, np.arange(40) % 2)
    [(trained, _, _)] = train(data, state, architecture, learning_rate=1e-30)
    weights = architecture.split(trained[0])
    outputs = X @ weights["conv_0/kernel"][0]
    order = np.random.default_rng((0, 0)).permutation(40)
    mean, variance = 0, 1
    for rows, part in ((order[:32], 1), (order[32:], 1 / 2 * 8 / 32)):
        mean += part * (outputs[rows].mean(axis=(0, 1)) - mean)
        variance += part * (outputs[rows].var(axis=(0, 1)) - variance)
    np.testing.assert_allclose(weights["batch_norm_0/moving_mean"], mean, rtol=1e-10)
    np.testing.assert_allclose(weights["batch_norm_0/moving_variance"], variance, rtol=1e-10)


def test_rows_that_fill_a_batch_change_nothing(sequences_and_labels):
    X, y = sequences_and_labels
    weights = np.random.default_rng(0).uniform(0.5, 2, 20)
    data = make_data(X[:20], np.unique(y, return_inverse=True)[1][:20], weights)
    architecture = make_architecture("pooling", (3,), **STEM, n_classes=3)
    state = initial_state(architecture, seed=0)
    results = [
        train(data, state, architecture, batch_size=batch_size)[0] for batch_size in (20, 32)
    ]
    (full, *measures), (filled, *filled_measures) = results
    assert filled_measures == pytest.approx(measures, rel=1e-9)
    np.testing.assert_allclose(filled[0], full[0], rtol=1e-9, atol=1e-12)


def test_many_chunks_are_one_epoch():
    """More batches than a chunk has memory for, and the last chunk not full."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(9 * 4 + 3, 3, 20_000)) / 100
    data = make_data(X, rng.integers(0, 2, len(X)))
    assert 1 < chunk_steps(X[:4].nbytes) < 5
    # Without attention: the bias of the scores has no gradient but noise, which Adam scales up.
    architecture = make_architecture(
        None, units=(4,), n_features=20_000, n_classes=2, dtype="float64"
    )
    state = initial_state(architecture, seed=0)
    [(trained, loss, _)] = train(data, state, architecture, batch_size=4)
    expected_loss, _, expected = keras_fit(architecture, state, data, X, batch_size=4)
    assert trained[3] == 10
    assert loss == pytest.approx(expected_loss, rel=1e-6)
    # Of units that hardly count, gradients are noise, too. A batch left out changes 1e-2.
    np.testing.assert_allclose(trained[0], expected, rtol=0, atol=1e-4)


def test_epochs_continue_as_if_not_interrupted(sequences_and_labels):
    X, y = sequences_and_labels
    data = make_data(X, np.unique(y, return_inverse=True)[1])
    architecture = make_architecture(n_classes=3)
    start = initial_state(architecture, seed=0)
    states = train(data, start, architecture, epochs=4, dropout=0.5)
    resumed = train(data, states[1][0], architecture, epochs=range(2, 4), dropout=0.5)
    np.testing.assert_array_equal(resumed[-1][0][0], states[-1][0][0])


@pytest.mark.parametrize("stem", [False, True], ids=["in parts", "whole, with a stem"])
@pytest.mark.usefixtures("patient")
def test_unwatched_epochs_are_the_same_in_fewer_calls(stem, monkeypatch, parts_of_calls, ragged):
    """Five batches of 8 an epoch: the first, and then 51 epochs of the 256 steps of a call."""
    options = {"conv_filters": (4,), "kernel_size": (3,)} if stem else {}
    architecture = make_architecture("pooling", (3,), n_features=3, n_classes=2, **options)
    data, state = make_data(*ragged), initial_state(architecture, seed=0)
    if not stem:
        monkeypatch.setattr(CHOOSE_SHAPES, lambda *_, **__: (Shape(8, 4), Shape(1, 9)))
    options = {
        "batch_size": 8,
        "dropout": 0.3,
        "mixup": 0.5,
        "cutmix": 0.3,
        "learning_rate_schedule": "one_cycle",
        "epochs": range(3, 63),
    }
    watched = train(data, state, architecture, **options)
    assert len(parts_of_calls) == 60
    n_parts = sum(parts_of_calls)
    parts_of_calls.clear()
    unwatched = train(data, state, architecture, **options, unwatched=True)
    if stem:
        assert parts_of_calls == [5, 51 * 5, 8 * 5]
    else:  # rows on their own fill a call sooner
        assert 3 < len(parts_of_calls) < 20
        assert sum(parts_of_calls) == n_parts
    assert [measures for _, *measures in unwatched] == [measures for _, *measures in watched]
    for expected, part in zip(watched[-1][0], unwatched[-1][0], strict=True):
        np.testing.assert_array_equal(part, expected)


@pytest.mark.usefixtures("patient")
def test_unwatched_epochs_that_diverge_are_the_same(sequences_and_labels):
    """From the state before they diverged, one epoch after the other."""
    X, y = sequences_and_labels
    data = make_data(X[:32], np.unique(y, return_inverse=True)[1][:32])
    architecture = make_architecture(None, (2,), n_classes=3)
    state = initial_state(architecture, seed=0)
    options = {"learning_rate": 1e36, "epochs": 300}
    watched, unwatched = (
        train(data, state, architecture, **options, unwatched=unwatched)
        for unwatched in (False, True)
    )
    np.testing.assert_array_equal(
        [measures for _, *measures in unwatched], [measures for _, *measures in watched]
    )
    finite = [np.isfinite(state[0]).all() for state, *_ in watched]
    assert finite[0]
    assert not finite[-1]
    for (expected, *_), (state, *_) in zip(watched, unwatched, strict=True):
        np.testing.assert_array_equal(state[0], expected[0])


def test_unwatched_epochs_are_together_for_a_quarter_of_a_second(
    monkeypatch, parts_of_calls, sequences_and_labels
):
    """Two batches an epoch, which takes 0.1 s by this clock."""
    X, y = sequences_and_labels
    data = make_data(X, np.unique(y, return_inverse=True)[1])
    architecture = make_architecture(n_classes=3)
    state = initial_state(architecture, seed=0)
    clock = SimpleNamespace(perf_counter=lambda: 0.05 * sum(parts_of_calls))
    monkeypatch.setattr("sk_attnseq._training.train_epochs.time", clock)
    train(data, state, architecture, epochs=6, unwatched=True)
    assert parts_of_calls == [2, 4, 4, 2]


@pytest.mark.parametrize("stem", [False, True], ids=["in parts", "whole, with a stem"])
def test_shapes_change_nothing_but_the_cost(stem, monkeypatch, ragged):
    """Steps of batches in parts of several widths are those of batches as wide as the longest."""
    options = {"conv_filters": (4,), "kernel_size": (3,)} if stem else {}
    architecture = make_architecture(
        "pooling", (3,), n_features=3, n_classes=2, dtype="float64", **options
    )
    data, state = make_data(*ragged), initial_state(architecture, seed=0)
    narrow, wide, one = Shape(8, 4), Shape(8, 9), Shape(1, 9)
    options = {"batch_size": 8, "clipnorm": 0.3, "alpha": 0.1, "dropout": 0.3, "mixup": 0.5}
    results = []
    for shapes in ((wide,), (narrow, wide) if stem else (narrow, one)):
        monkeypatch.setattr(CHOOSE_SHAPES, lambda *_, shapes=shapes, **__: shapes)
        results.append(train(data, state, architecture, epochs=2, cutmix=0.3, **options))
    for (expected, *measures), (actual, *others) in zip(*results, strict=True):
        assert others == pytest.approx(measures, rel=1e-9)
        np.testing.assert_allclose(actual[0], expected[0], rtol=1e-8, atol=1e-10)
        assert actual[3] == expected[3]


@pytest.mark.skipif(not MAPS.exists(), reason="only Linux tells its memory maps")
def test_a_program_is_compiled_once_whatever_the_order_of_its_parts(monkeypatch, ragged):
    """A compilation takes some 250 memory maps, which TensorFlow keeps."""
    architecture = make_architecture("pooling", (3,), n_features=3, n_classes=2, dtype="float64")
    data, state = make_data(*ragged), initial_state(architecture, seed=0)
    monkeypatch.setattr(CHOOSE_SHAPES, lambda *_, **__: (Shape(8, 4), Shape(1, 9)))
    options = {"batch_size": 8, "dropout": 0.3, "mixup": 0.5}
    train(data, state, architecture, epochs=1, **options)
    before = len(MAPS.read_text().splitlines())
    train(data, state, architecture, epochs=range(1, 6), **options)
    assert len(MAPS.read_text().splitlines()) < before + 100
