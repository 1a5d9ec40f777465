"""The default network, written as users of Keras, PyTorch and skorch would."""

from __future__ import annotations

import numpy as np


def keras_model(n_timesteps, n_features, n_classes, *, units=32, flat=False, learning_rate=0.01):
    """The network with attention pooling as a compiled Keras model."""
    import keras
    from keras import layers

    inputs, hidden = _keras_layers(n_timesteps, n_features, units=units, flat=flat)
    outputs = layers.Dense(n_classes, activation="softmax")(hidden)
    model = keras.Model(inputs, outputs)
    model.compile(
        keras.optimizers.Adam(learning_rate),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model


def keras_regression_model(n_timesteps, n_features):
    """The same for one number, with its R² as metric."""
    import keras
    from keras import layers

    inputs, hidden = _keras_layers(n_timesteps, n_features, units=32, flat=False)
    model = keras.Model(inputs, layers.Dense(1)(hidden))
    model.compile(keras.optimizers.Adam(0.01), loss="mse", metrics=[keras.metrics.R2Score()])
    return model


def _keras_layers(n_timesteps, n_features, *, units, flat):
    """Inputs, and outputs of the hidden layer."""
    import keras
    from keras import layers

    shape = (n_timesteps * n_features,) if flat else (n_timesteps, n_features)
    inputs = x = keras.Input(shape)
    if flat:
        x = layers.Reshape((n_timesteps, n_features))(x)
    x = layers.LSTM(units, return_sequences=True)(x)
    weights = layers.Softmax(axis=1)(layers.Dense(1)(x))
    context = layers.Flatten()(layers.Dot(axes=1)([weights, x]))
    return inputs, layers.Dense(16, activation="relu")(context)


def keras_classifier(n_timesteps, n_features):
    """Keras's own wrapper, which takes tables only: the network reshapes them."""
    from keras.wrappers import SKLearnClassifier

    def build(X, y, units, learning_rate):
        model = keras_model(
            n_timesteps,
            n_features,
            y.shape[1],
            units=units,
            flat=True,
            learning_rate=learning_rate,
        )
        model.compile(model.optimizer, loss="categorical_crossentropy")
        return model

    return SKLearnClassifier(build, model_kwargs={"units": 32, "learning_rate": 0.01})


def torch_module(n_features, n_classes, units=32):
    """The network as a PyTorch module that returns logits."""
    import torch
    from torch import nn

    class Network(nn.Module):
        def __init__(self, n_features, n_classes, units):
            super().__init__()
            self.lstm = nn.LSTM(n_features, units, batch_first=True)
            self.score = nn.Linear(units, 1)
            self.head = nn.Sequential(nn.Linear(units, 16), nn.ReLU(), nn.Linear(16, n_classes))

        def forward(self, x):
            h, _ = self.lstm(x)
            weights = torch.softmax(self.score(h), dim=1)
            return self.head((weights * h).sum(dim=1))

    return Network(n_features, n_classes, units)


def torch_epoch(module, optimizer, X, y, batch_size=32):
    """One epoch of a plain loop; X and y are tensors."""
    import torch

    loss_function = torch.nn.CrossEntropyLoss()
    for rows in torch.randperm(len(X)).split(batch_size):
        optimizer.zero_grad(set_to_none=True)
        loss = loss_function(module(X[rows]), y[rows])
        loss.backward()
        optimizer.step()


def skorch_classifier(n_features, n_classes, *, epochs, units=32, learning_rate=0.01):
    """The network in skorch; give it float32 and int64."""
    import torch
    from skorch import NeuralNetClassifier

    return NeuralNetClassifier(
        torch_module(n_features, n_classes, units).__class__,
        module__n_features=n_features,
        module__n_classes=n_classes,
        module__units=units,
        criterion=torch.nn.CrossEntropyLoss,
        optimizer=torch.optim.Adam,
        lr=learning_rate,
        max_epochs=epochs,
        batch_size=32,
        iterator_train__shuffle=True,
        train_split=None,
        verbose=0,
    )


def digits(n_samples=None, dtype=np.float32):
    """The digits as sequences in [0, 1], shuffled once, with integer labels, all or the first."""
    from sk_attnseq.datasets import load_digit_sequences

    X, y = load_digit_sequences(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(X))[:n_samples]
    return (X[order] / 16).astype(dtype), y[order].astype(np.int64)


def made(n_samples=10_000, n_timesteps=10, n_features=5, n_classes=10):
    """Made sequences with something to learn in them."""
    from sk_attnseq.datasets import make_sequence_classification

    X, y = make_sequence_classification(
        n_samples, n_timesteps, n_features, n_classes=n_classes, class_sep=4, random_state=0
    )
    return X.astype(np.float32), y.astype(np.int64)


def made_numbers(n_samples=10_000):
    """Made sequences of 10 timesteps x 5 features with standardized numbers to learn."""
    X, _ = made(n_samples)
    y = X[:, :, 0].sum(axis=1) + X[:, :, 1].max(axis=1)
    return X, (y - y.mean()) / y.std()
