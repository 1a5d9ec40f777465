import keras
import numpy as np
import pytest

from sk_attnseq._training.initial_weights import initial_state
from sk_attnseq._training.train_epochs import train_epochs
from sk_attnseq._training.training_options import TrainingOptions
from sk_attnseq._training.user_model import build_model
from tests.data import make_data
from tests.networks import flat_weights, make_architecture

STEM = {"conv_filters": (3,), "kernel_size": (3,), "pool_size": 2}


@pytest.mark.parametrize(
    ("options", "optimizer"),
    [
        (TrainingOptions(0.01), keras.optimizers.Adam),
        (TrainingOptions(0.01, clipnorm=0.1, weight_decay=0.5), keras.optimizers.AdamW),
    ],
    ids=["adam", "adamw"],
)
@pytest.mark.parametrize("stem", [{}, STEM], ids=["plain", "stem"])
def test_model_goes_on_where_the_engine_stopped(stem, options, optimizer, sequences_and_labels):
    """Two epochs of the engine are one of the engine and one of the model's own `fit`."""
    X, y = sequences_and_labels
    X, y = X[:32].astype(np.float32), np.unique(y, return_inverse=True)[1][:32]
    data = make_data(X, y)
    architecture = make_architecture(None, (4,), n_classes=3, **stem)
    weights, *moments, _ = initial_state(architecture, seed=0)
    # After ten steps, moving moments move as Keras's do.
    (first, _, _), (second, loss, _) = train_epochs(
        data,
        (weights, *moments, np.array(10, np.int32)),
        architecture=architecture,
        options=options,
        epochs=range(2),
        seed=0,
    )
    model = build_model(architecture, first, options)
    model.run_eagerly = True  # faster than compiling for one step
    assert type(model.optimizer) is optimizer
    np.testing.assert_array_equal(flat_weights(model), first[0])
    order = np.random.default_rng((0, 1)).permutation(len(data))
    history = model.fit(X[order], data.targets[order], shuffle=False, verbose=0).history
    assert int(model.optimizer.iterations) == second[3] == 12
    assert history["loss"][0] == pytest.approx(loss, rel=1e-5)
    np.testing.assert_allclose(flat_weights(model), second[0], atol=2e-5)
    assert not np.allclose(first[0], second[0], atol=1e-3)


def test_model_has_dropout_and_penalty_of_the_recipe():
    architecture = make_architecture(units=(4,))
    state = initial_state(architecture, seed=0)
    model = build_model(architecture, state, TrainingOptions(0.02, dropout=0.25, alpha=0.5))
    assert float(model.optimizer.learning_rate) == pytest.approx(0.02)
    [dropout] = [layer for layer in model.layers if isinstance(layer, keras.layers.Dropout)]
    assert dropout.rate == 0.25
    penalty = 0.5 * float(np.sum(state[0] ** 2, where=architecture.kernel_mask() == 1))
    assert sum(map(float, model.losses)) == pytest.approx(penalty, rel=1e-5)
