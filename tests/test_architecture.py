import numpy as np
import pytest

from tests.conftest import make_architecture


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


def test_split_gives_named_views_in_order():
    architecture = make_architecture()
    flat = np.arange(architecture.n_weights, dtype=np.float32)
    weights = architecture.split(flat)
    assert list(weights)[:3] == ["lstm_0/kernel", "lstm_0/recurrent_kernel", "lstm_0/bias"]
    assert weights["lstm_0/kernel"][0, 1] == 1
    assert weights["lstm_0/recurrent_kernel"].flat[0] == 5 * 128
    assert all(np.shares_memory(flat, weight) for weight in weights.values())


def test_kernel_mask_leaves_out_biases():
    architecture = make_architecture()
    mask = architecture.split(architecture.kernel_mask())
    assert {name: set(part.flat) for name, part in mask.items()} == {
        name: {0.0} if name.endswith("bias") else {1.0} for name in mask
    }
