import re

import keras
import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from sk_attnseq import AttentionSequenceClassifier
from sk_attnseq.datasets import load_digit_sequences, make_sequence_classification
from tests.data import pad_with_nan
from tests.promises.kinds import KINDS, predictions, targets


def make(kind, **parameters):
    return KINDS[kind][0](**{"epochs": 5, "random_state": 0, **parameters})


def make_classifier(**parameters):
    return make("classifier", **parameters)


@pytest.mark.parametrize("attention", ["pooling", "multihead", None])
def test_learns(attention):
    X, y = make_sequence_classification(300, informative_timestep=8, class_sep=4, random_state=0)
    classifier = make_classifier(attention=attention, epochs=30).fit(X[:200], y[:200])
    assert classifier.score(X[200:], y[200:]) > 0.9


def test_attention_finds_the_timestep_that_tells():
    X, y, informative = make_sequence_classification(
        400, n_classes=3, class_sep=3, random_state=0, return_informative=True
    )
    classifier = make_classifier(epochs=40).fit(X[:300], y[:300])
    looked_at = classifier.attention_weights(X[300:]).argmax(axis=1)
    # The LSTM may also carry what it saw on to the next timestep.
    distance = looked_at - informative[300:]
    # Of 30 sets of initial weights, 0.74 to 0.95. By chance, it would be 0.19.
    assert np.mean((distance == 0) | (distance == 1)) > 0.5


def test_predictions_agree(sequences_and_labels):
    X, y = sequences_and_labels
    classifier = make_classifier().fit(X, y)
    probabilities = classifier.predict_proba(X)
    assert probabilities.shape == (60, 3)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-12)
    np.testing.assert_allclose(np.exp(classifier.predict_log_proba(X)), probabilities, rtol=1e-12)
    np.testing.assert_array_equal(
        classifier.predict(X), classifier.classes_[probabilities.argmax(axis=1)]
    )
    np.testing.assert_array_equal(classifier.classes_, ["down", "still", "up"])


def test_fitted_attributes(sequences_and_labels):
    X, y = sequences_and_labels
    classifier = make_classifier().fit(X, y)
    assert classifier.n_features_in_ == 5
    assert classifier.n_iter_ == len(classifier.loss_curve_) == 5
    assert classifier.loss_curve_[-1] < classifier.loss_curve_[0]
    assert classifier.validation_scores_ is None
    assert classifier.best_validation_score_ is None
    assert not hasattr(classifier, "feature_names_in_")


def test_model_is_the_network_that_predicts(sequences_and_labels):
    X, y = sequences_and_labels
    classifier = make_classifier(learning_rate=0.02).fit(X, y)
    model = classifier.model_
    assert isinstance(model, keras.Model)
    assert model is classifier.model_
    np.testing.assert_allclose(model.predict(X, verbose=0), classifier.predict_proba(X), atol=1e-6)
    before = classifier.predict_proba(X)
    model.fit(X, np.searchsorted(classifier.classes_, y), verbose=0)
    assert int(model.optimizer.iterations) == 6 * 2  # it went on from the optimizer's state
    np.testing.assert_array_equal(classifier.predict_proba(X), before)  # it has copies
    assert classifier.fit(X, y).model_ is not model


def test_model_needs_a_fit():
    with pytest.raises(NotFittedError):
        _ = AttentionSequenceClassifier().model_
    assert not hasattr(AttentionSequenceClassifier(), "model_")


def test_default_has_5595_parameters():
    X, y = make_sequence_classification(40, n_classes=10, random_state=0)
    assert make_classifier(epochs=1).fit(X, y).model_.count_params() == 5_595


def test_columns_are_the_same_as_timesteps(sequences_and_labels):
    X, y = sequences_and_labels
    expected = make_classifier().fit(X, y).predict_proba(X)
    columns = X.reshape(len(X), -1)
    classifier = make_classifier(n_timesteps=10).fit(columns, y)
    np.testing.assert_array_equal(classifier.predict_proba(columns), expected)
    assert classifier.n_features_in_ == 50


def test_names_of_columns():
    X, y = load_digit_sequences(return_X_y=True)
    frame = pd.DataFrame(X[:50].reshape(50, 64)).add_prefix("pixel_")
    classifier = make_classifier(n_timesteps=8, epochs=1).fit(frame, y[:50])
    assert list(classifier.feature_names_in_) == list(frame.columns)
    with pytest.raises(ValueError, match="feature names should match"):
        classifier.predict(frame[frame.columns[::-1]])
    # Fitted on arrays of three dimensions afterwards, it has no names left.
    assert not hasattr(classifier.fit(X[:50], y[:50]), "feature_names_in_")


@pytest.mark.parametrize(
    ("attention", "bidirectional"), [("pooling", True), ("multihead", False), (None, True)]
)
def test_padding_changes_no_bit(attention, bidirectional, ragged):
    X, y = ragged
    options = {"attention": attention, "bidirectional": bidirectional, "units": (6, 5)}
    expected = make_classifier(**options).fit(X, y).predict_proba(X)
    for n_timesteps in (9, 23):
        padded = pad_with_nan(X, n_timesteps)
        classifier = make_classifier(**options).fit(padded, y)
        np.testing.assert_array_equal(classifier.predict_proba(padded), expected)


def test_sequences_longer_than_any_in_fit(ragged):
    X, y = ragged
    classifier = make_classifier().fit(X, y)
    longer = [np.concatenate([x, x, x]) for x in X]
    assert np.isfinite(classifier.predict_proba(longer)).all()
    weights = classifier.attention_weights(longer)
    assert [len(of_sample) for of_sample in weights] == [len(x) for x in longer]
    np.testing.assert_allclose([of_sample.sum() for of_sample in weights], 1, rtol=1e-5)


@pytest.mark.parametrize("attention", ["pooling", "multihead"])
def test_attention_weights_have_the_form_of_the_sequences(attention, networks, ragged):
    X, _ = ragged
    padded = networks[attention].attention_weights(pad_with_nan(X, 12))
    of_list = networks[attention].attention_weights(X)
    assert padded.shape == ((40, 9) if attention == "pooling" else (40, 3, 9, 9))
    for sequence, of_sample, in_array in zip(X, of_list, padded, strict=True):
        n = len(sequence)
        real = in_array[:n] if attention == "pooling" else in_array[:, :n, :n]
        np.testing.assert_array_equal(of_sample, real)
        assert np.count_nonzero(in_array) == of_sample.size
    same_lengths = networks[attention].attention_weights([x[:2] for x in X])
    assert isinstance(same_lengths, list)


def test_no_attention_weights_without_attention(sequences_and_labels):
    classifier = make_classifier(attention=None).fit(*sequences_and_labels)
    assert not hasattr(classifier, "attention_weights")
    with pytest.raises(AttributeError):
        classifier.attention_weights(sequences_and_labels[0])


def test_early_stopping_restores_the_best_weights():
    X, y = make_sequence_classification(120, class_sep=1, random_state=0)
    parameters = {"epochs": 60, "early_stopping": True, "n_iter_no_change": 5}
    classifier = make_classifier(validation_fraction=0.25, **parameters).fit(X, y)
    scores = classifier.validation_scores_
    assert classifier.n_iter_ == len(scores) == len(classifier.loss_curve_) < 60
    assert classifier.best_validation_score_ == max(scores)
    # Trained again for just as long as it took to be best, it is the same.
    last_best = len(scores) - int(np.argmax(scores[::-1]))
    short = clone(classifier).set_params(epochs=last_best).fit(X, y)
    np.testing.assert_array_equal(short.predict_proba(X), classifier.predict_proba(X))


def test_early_stopping_respects_weights():
    """Samples of weight 0 would, if they counted, be half of the validation score."""
    X, y = make_sequence_classification(80, class_sep=4, random_state=0)
    noise = np.concatenate([X, X]), np.concatenate([y, 1 - y])
    weights = np.repeat([1.0, 0.0], 80)
    parameters = {"early_stopping": True, "epochs": 15}
    expected = make_classifier(**parameters).fit(X, y)
    classifier = make_classifier(**parameters).fit(*noise, sample_weight=weights)
    assert classifier.validation_scores_ == expected.validation_scores_
    np.testing.assert_array_equal(classifier.predict_proba(X), expected.predict_proba(X))


def test_early_stopping_with_a_class_of_one_sample(sequences_and_labels):
    X, y = sequences_and_labels
    y = np.where(np.arange(60) == 0, "once", y)
    with pytest.raises(ValueError, match=r"early_stopping=True sets aside .* class"):
        make_classifier(early_stopping=True).fit(X, y)


def test_weight_0_is_absence_and_integers_are_repetition(sequences_and_labels):
    X, y = sequences_and_labels
    weights = np.random.default_rng(0).integers(0, 4, size=len(X))
    options = {"dtype": "float64", "batch_size": 1_000}
    weighted = make_classifier(**options).fit(X, y, sample_weight=weights)
    repeated = make_classifier(**options).fit(X.repeat(weights, axis=0), y.repeat(weights))
    np.testing.assert_allclose(weighted.predict_proba(X), repeated.predict_proba(X), rtol=1e-9)


def test_class_weight_is_sample_weight(sequences_and_labels):
    X, y = sequences_and_labels
    by_class = {"down": 3, "still": 1, "up": 0.5}
    expected = make_classifier().fit(X, y, sample_weight=[by_class[label] for label in y])
    classifier = make_classifier(class_weight=by_class).fit(X, y)
    np.testing.assert_array_equal(classifier.predict_proba(X), expected.predict_proba(X))


def test_score_respects_weights(sequences_and_labels):
    X, y = sequences_and_labels
    classifier = make_classifier().fit(X, y)
    right = classifier.predict(X) == y
    assert 0 < right.mean() < 1
    assert classifier.score(X, y, sample_weight=right) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_warm_start_goes_on(kind, sequences_and_labels):
    X, y = sequences_and_labels[0], targets(KINDS[kind][0], *sequences_and_labels)
    straight = make(kind, epochs=6).fit(X, y)
    warm = make(kind, epochs=3, warm_start=True).fit(X, y).fit(X, y)
    assert warm.n_iter_ == 6
    assert warm.loss_curve_ == straight.loss_curve_
    np.testing.assert_array_equal(predictions(warm, X), predictions(straight, X))


def test_fit_without_warm_start_starts_again(sequences_and_labels):
    X, y = sequences_and_labels
    classifier = make_classifier().fit(X, y)
    expected = classifier.predict_proba(X)
    np.testing.assert_array_equal(classifier.fit(X, y).predict_proba(X), expected)
    assert classifier.n_iter_ == 5


@pytest.mark.parametrize("changed", [{"units": 8}, {"attention": None}, {"dtype": "float64"}])
def test_warm_start_of_another_network(changed, sequences_and_labels):
    X, y = sequences_and_labels
    classifier = make_classifier(warm_start=True).fit(X, y).set_params(**changed)
    with pytest.raises(ValueError, match=rf"{next(iter(changed))}.*have changed"):
        classifier.fit(X, y)


def test_warm_start_with_other_classes(sequences_and_labels):
    X, y = sequences_and_labels
    classifier = make_classifier(warm_start=True).fit(X, y)
    with pytest.raises(ValueError, match="training goes on from a network for"):
        classifier.fit(X, np.where(y == "up", "down", y))


@pytest.mark.parametrize("kind", KINDS)
def test_partial_fit_is_an_epoch_of_fit(kind, sequences_and_labels):
    X, y = sequences_and_labels[0], targets(KINDS[kind][0], *sequences_and_labels)
    fitted = make(kind, epochs=4).fit(X, y)
    estimator = make(kind)
    for _ in range(4):
        estimator.partial_fit(X, y, **({"classes": np.unique(y)} if kind == "classifier" else {}))
    np.testing.assert_array_equal(predictions(estimator, X), predictions(fitted, X))
    assert estimator.n_iter_ == 4


def test_partial_fit_learns_from_chunks():
    X, y = make_sequence_classification(400, n_classes=4, class_sep=4, random_state=0)
    classifier = make_classifier()
    for _ in range(10):
        for rows in np.array_split(np.argsort(y[:300], kind="stable"), 5):  # few classes in each
            classifier.partial_fit(X[rows], y[rows], classes=range(4))
    assert classifier.score(X[300:], y[300:]) > 0.5


def test_partial_fit_goes_on_from_fit(sequences_and_labels):
    X, y = sequences_and_labels
    expected = make_classifier(epochs=6).fit(X, y).predict_proba(X)
    classifier = make_classifier(epochs=5).fit(X, y).partial_fit(X, y)
    np.testing.assert_array_equal(classifier.predict_proba(X), expected)


@pytest.mark.parametrize(
    ("parameters", "options", "message"),
    [
        ({}, {}, "classes must be passed on the first call"),
        ({"early_stopping": True}, {"classes": [0, 1]}, "does not support early_stopping=True"),
        ({"class_weight": "balanced"}, {"classes": [0, 1]}, "class_weight='balanced'"),
        (
            {"learning_rate_schedule": "one_cycle"},
            {"classes": [0, 1]},
            "does not support learning_rate_schedule='one_cycle'",
        ),
        ({}, {"classes": ["down", "up"]}, "y has the classes"),
        ({}, {"classes": ["down"]}, "at least 2 classes|y has the classes"),
    ],
)
def test_bad_partial_fit(parameters, options, message, sequences_and_labels):
    with pytest.raises(ValueError, match=message):
        make_classifier(**parameters).partial_fit(*sequences_and_labels, **options)


def test_partial_fit_with_other_classes(sequences_and_labels):
    X, y = sequences_and_labels
    classifier = make_classifier().partial_fit(X, y, classes=["down", "still", "up"])
    with pytest.raises(ValueError, match="training goes on from a network for"):
        classifier.partial_fit(X, y, classes=["down", "still", "up", "left"])


@pytest.mark.parametrize(("method", "kind"), [("fit", "regressor"), ("partial_fit", "classifier")])
def test_a_failed_fit_loses_nothing(method, kind, sequences_and_labels, monkeypatch):
    X, y = sequences_and_labels[0], targets(KINDS[kind][0], *sequences_and_labels)
    estimator = make(kind).fit(X, y)
    expected, before = predictions(estimator, X), dict(vars(estimator))
    for bad_X, bad_y in [(X[:, :, :2], y[:7]), (X.reshape(60, 50), y[:7]), (X, [np.inf] * 60)]:
        with pytest.raises(ValueError):  # noqa: PT011
            getattr(estimator, method)(bad_X, bad_y)
        assert vars(estimator) == before

    from sk_attnseq._training import fitting

    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(fitting, "ForwardPass", interrupt)
    with pytest.raises(KeyboardInterrupt):
        getattr(estimator, method)(X, y)
    assert vars(estimator) == before
    np.testing.assert_array_equal(predictions(estimator, X), expected)


@pytest.mark.parametrize(
    ("kind", "parameters", "score"),
    [
        ("classifier", {}, "accuracy"),
        ("classifier", {"early_stopping": True}, "validation accuracy"),
        ("regressor", {}, "R2"),
        ("regressor", {"early_stopping": True, "scoring": "loss"}, "validation negative loss"),
    ],
)
def test_verbose_prints_a_line_for_each_epoch(
    kind, parameters, score, sequences_and_labels, capsys
):
    estimator = make(kind, epochs=2, verbose=1, **parameters)
    estimator.fit(sequences_and_labels[0], targets(estimator, *sequences_and_labels))
    lines = capsys.readouterr().out.splitlines()
    line = rf"Epoch (\d/\d), loss = (\d\.\d{{6}}), {score} = (-?\d\.\d{{4}}), \d+\.\d\d s"
    epochs, losses, scores = zip(
        *(re.fullmatch(line, text).groups() for text in lines), strict=True
    )
    assert epochs == ("1/2", "2/2")
    assert [float(loss) for loss in losses] == pytest.approx(estimator.loss_curve_, abs=1e-6)
    if parameters:
        expected = pytest.approx(estimator.validation_scores_, abs=1e-4)
        assert [float(score) for score in scores] == expected


def test_quiet_by_default(sequences_and_labels, capfd):
    make_classifier(epochs=2).fit(*sequences_and_labels)
    assert capfd.readouterr() == ("", "")


def test_what_regularizes_keeps_the_network_from_learning_by_heart():
    X, y = make_sequence_classification(60, n_classes=3, class_sep=4, random_state=0)

    def late_loss(**parameters):  # before the last fifth of the epochs, which is without mixtures
        classifier = make_classifier(epochs=60, **parameters).fit(X, y)
        return np.mean(classifier.loss_curve_[30:48])

    # Of 6 to 8 seeds, the largest without was 0.018, and the smallest with one of the others 0.16.
    assert late_loss() < 0.06
    for parameters in (
        {"alpha": 0.1},
        {"dropout": 0.9},
        {"weight_decay": 10.0},
        {"label_smoothing": 0.2},
        {"mixup": 1.0},
        {"cutmix": 1.0},
    ):
        assert late_loss(**parameters) > 0.12, parameters


@pytest.mark.parametrize("batch_size", [1, 60, 1_000])
def test_batch_sizes(batch_size, sequences_and_labels):
    X, y = sequences_and_labels
    classifier = make_classifier(epochs=1, batch_size=batch_size).fit(X, y)
    assert np.isfinite(classifier.predict_proba(X)).all()


def test_one_timestep_and_one_feature():
    X = np.r_[np.full(20, -1.0), np.full(20, 1.0)].reshape(40, 1, 1)
    y = np.repeat([0, 1], 20)
    assert make_classifier(epochs=20, bidirectional=True).fit(X, y).score(X, y) == 1


def test_numbers_of_numpy_as_parameters(sequences_and_labels):
    X, y = sequences_and_labels
    parameters = {
        **{name: np.int64(4) for name in ("units", "hidden_units", "num_heads", "key_dim")},
        **{name: np.int32(2) for name in ("epochs", "batch_size")},
        **{name: np.float32(0.25) for name in ("learning_rate", "alpha", "dropout")},
    }
    classifier = make_classifier(attention="multihead", **parameters).fit(X, y)
    np.testing.assert_allclose(
        classifier.model_.predict(X, verbose=0), classifier.predict_proba(X), atol=1e-5
    )
    assert make_classifier(units=np.array([4, 3])).fit(X, y).n_iter_ == 5


def test_tags():
    tags = AttentionSequenceClassifier().__sklearn_tags__()
    assert tags.input_tags.two_d_array
    assert tags.input_tags.three_d_array
    assert not tags.non_deterministic
    assert not tags.classifier_tags.poor_score
    assert tags.target_tags.required


def test_weights_of_classes_may_be_zero_under_early_stopping():
    X, y = make_sequence_classification(60, random_state=0)
    y = np.where(np.arange(60) < 50, 0, y + 1)
    classifier = make_classifier(
        epochs=2, early_stopping=True, validation_fraction=0.3, class_weight={0: 0}
    )
    classifier.fit(X, y)
    assert classifier.classes_.tolist() == [0, 1, 2]
    assert set(np.round(np.multiply(classifier.validation_scores_, 3), 9)) <= {0, 1, 2, 3}


def test_what_precision_predictions_need_is_decided_by_fit():
    X, y = make_sequence_classification(40, random_state=0)
    classifier = make_classifier(epochs=1, dtype="float64").fit(X, y).set_params(dtype="float32")
    X[0, 0, 0] = 1e39  # beyond float32
    assert np.isfinite(classifier.predict_proba(X)).all()


def test_going_on_with_other_columns_is_refused():
    X, y = make_sequence_classification(40, random_state=0)
    X = X.reshape(40, -1)
    classifier = make_classifier(epochs=1, n_timesteps=10, warm_start=True).fit(X, y)
    with pytest.raises(ValueError, match="n_timesteps is 5, but the network was made for"):
        classifier.set_params(n_timesteps=5).fit(X, y)
