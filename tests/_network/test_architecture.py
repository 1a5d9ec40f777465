import numpy as np
import pytest

from tests.networks import make_architecture


@pytest.mark.parametrize(
    ("attention", "expected"),
    [
        # LSTM 4 * 32 * (5 + 32 + 1) = 4,864; score 33; hidden 33 * 16; output 17 * 10.
        ("pooling", 4_864 + 33 + 528 + 170),
        # Query, key and value 33 * 2 * 16 each; output 2 * 16 * 32 + 32.
        ("multihead", 4_864 + 3 * 1_056 + 1_056 + 528 + 170),
        (None, 4_864 + 528 + 170),
    ],
)
def test_number_of_weights(attention, expected):
    assert make_architecture(attention).n_weights == expected


def test_default_has_5595_weights():
    assert make_architecture().n_weights == 5_595


def test_stacked_bidirectional_number_of_weights():
    architecture = make_architecture(None, (8, 4), bidirectional=True, n_features=3)
    lstms = 2 * 4 * 8 * (3 + 8 + 1) + 2 * 4 * 4 * (16 + 4 + 1)
    assert architecture.n_weights == lstms + (8 + 1) * 16 + (16 + 1) * 10
    assert architecture.lstm_widths == (16, 8)


STEM = {"conv_filters": (4, 6), "kernel_size": (3, 8), "pool_size": 2}


def test_number_of_weights_with_a_stem():
    architecture = make_architecture(None, (7,), n_features=5, **STEM)
    # Kernels, then gamma, beta and two moving moments each; the LSTM reads 6 features.
    convolutions = 3 * 5 * 4 + 4 * 4 + 8 * 4 * 6 + 4 * 6
    lstm = 4 * 7 * (6 + 7 + 1)
    assert architecture.n_weights == convolutions + lstm + (7 + 1) * 16 + (16 + 1) * 10
    assert architecture.n_moving == 2 * 4 + 2 * 6


def test_moving_weights_come_last():
    architecture = make_architecture(**STEM)
    assert architecture.weights == (*architecture.trainable_weights, *architecture.moving_weights)
    names = [weight.name for weight in architecture.weights]
    assert names[:3] == ["conv_0/kernel", "batch_norm_0/gamma", "batch_norm_0/beta"]
    assert names[-2:] == ["batch_norm_1/moving_mean", "batch_norm_1/moving_variance"]


def test_pooling_has_no_weights():
    assert make_architecture(pool_size=3).n_weights == make_architecture().n_weights


def test_split_gives_named_views_in_order():
    architecture = make_architecture()
    flat = np.arange(architecture.n_weights, dtype=np.float32)
    weights = architecture.split(flat)
    assert list(weights)[:3] == ["lstm_0/kernel", "lstm_0/recurrent_kernel", "lstm_0/bias"]
    assert weights["lstm_0/kernel"][0, 1] == 1
    assert weights["lstm_0/recurrent_kernel"].flat[0] == 5 * 128
    assert all(np.shares_memory(flat, weight) for weight in weights.values())


@pytest.mark.parametrize("stem", [{}, STEM], ids=["plain", "stem"])
def test_kernel_mask_has_kernels_only(stem):
    architecture = make_architecture(**stem)
    mask = architecture.split(architecture.kernel_mask())
    assert {name: set(part.flat) for name, part in mask.items()} == {
        name: {1.0} if name.endswith("kernel") else {0.0} for name in mask
    }
