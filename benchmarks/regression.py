"""Errors of the regressor on public data sets, beside a mean, linear models and a network.

    pip install -e ".[plot]" aeon
    python -m benchmarks.regression DIR [--only NAME ...] [--contenders NAME ...] [--seeds 3]
                                        [--folds]

DIR holds data sets with a train/test split and numbers as targets, in files as for
`benchmarks.accuracy`. They are from the archive of Tan, Bergmeir, Petitjean & Webb, Time Series
Extrinsic Regression, DMKD 2021, which Guijo-Rubio et al., Unsupervised Feature Based Algorithms for
Time Series Extrinsic Regression, DMKD 2024, have extended; Covid3Month and CardanoSentiment come
with aeon. Tecator comes with sktime.

Each contender is fitted on the training part, and its root mean squared error is that on the test
part. With `--folds`, no test part is read: the error is that of predictions for three folds of the
training part, each by a fit on the other two. That is what parameters were chosen by. Results go to
`benchmarks/regression.json` one by one, and those that the file already has are not repeated.
The file also has errors on the same test parts that others have published.
"""

from __future__ import annotations

import argparse
import time
import warnings
from pathlib import Path

import joblib
import numpy as np
from sklearn.compose import TransformedTargetRegressor
from sklearn.dummy import DummyRegressor
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import RidgeCV
from sklearn.metrics import root_mean_squared_error
from sklearn.model_selection import KFold
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from benchmarks._results import read_results
from benchmarks.archive import add_arguments, choose_data_sets, read_part
from benchmarks.few_samples import store
from sk_attnseq import AttentionSequenceRegressor
from sk_attnseq._runtime.tensorflow_import import quiet_import
from sk_attnseq.preprocessing import TimestepTransformer
from sk_attnseq.presets import make_accurate_regressor

RESULTS = Path(__file__).parent / "regression.json"
PARTS = ("train", "test")
N_FOLDS = 3
# Penalties from which the linear models choose, the same as in aeon's regressor on MiniRocket.
ALPHAS = np.logspace(-3, 3, 10)


def make_mean(random_state):
    """What predicts the mean of the training targets."""
    return DummyRegressor()


def make_ridge(random_state):
    """A linear model of statistics of each feature."""
    return make_pipeline(FunctionTransformer(statistics), StandardScaler(), RidgeCV(ALPHAS))


def make_minirocket(random_state):
    """Random convolutions, and a linear model (Dempster, Schmidt & Webb, KDD 2021)."""
    from aeon.regression.convolution_based import MiniRocketRegressor

    n_jobs = joblib.cpu_count()  # those that the process may use, which -1 is not
    regressor = MiniRocketRegressor(n_jobs=n_jobs, random_state=random_state)
    return make_pipeline(FunctionTransformer(features_first), regressor)


def make_mlp(random_state):
    """scikit-learn's network with its default parameters, on columns and targets to scale."""
    network = make_pipeline(
        FunctionTransformer(flattened), StandardScaler(), MLPRegressor(random_state=random_state)
    )
    return TransformedTargetRegressor(network, transformer=StandardScaler())


def make_default(random_state):
    """Our regressor with its default parameters, on scaled features."""
    regressor = AttentionSequenceRegressor(random_state=random_state)
    return make_pipeline(TimestepTransformer(StandardScaler()), regressor)


def make_accurate(random_state):
    """Our configuration for accuracy."""
    return make_accurate_regressor(random_state=random_state)


def make_accurate_in_40_epochs(random_state):
    """The same, trained for fewer epochs than with few samples by default."""
    return make_accurate_regressor(epochs=40, random_state=random_state)


def make_accurate_in_20_epochs(random_state):
    """The same, trained for still fewer epochs."""
    return make_accurate_regressor(epochs=20, random_state=random_state)


def make_ensemble(random_state):
    """Five networks of that configuration."""
    return make_accurate_regressor(n_estimators=5, random_state=random_state)


CONTENDERS = {
    "mean": make_mean,
    "ridge": make_ridge,
    "MiniRocket": make_minirocket,
    "MLPRegressor": make_mlp,
    "default": make_default,
    "accurate": make_accurate,
    "accurate, 40 epochs": make_accurate_in_40_epochs,
    "accurate, 20 epochs": make_accurate_in_20_epochs,
    "ensemble": make_ensemble,
}
# Only if they are asked for.
ON_REQUEST = {"accurate, 40 epochs", "accurate, 20 epochs", "ensemble"}


def flattened(X):
    """Sequences as columns, (n_samples, n_timesteps * n_features); 0 in padding."""
    return np.nan_to_num(X.reshape(len(X), -1))


def features_first(X):
    """The arrays of aeon, (n_samples, n_features, n_timesteps); 0 in padding."""
    return np.ascontiguousarray(np.swapaxes(np.nan_to_num(X), 1, 2))


def statistics(X):
    """Mean, deviation, quantiles, ends and slope of each feature, (n_samples, 10 * n_features)."""
    real = ~np.isnan(X).all(axis=2)
    last = real.sum(axis=1) - 1
    time = np.where(real, np.arange(X.shape[1]), np.nan)[..., np.newaxis]
    time = time - np.nanmean(time, axis=1, keepdims=True)
    slope = np.nansum(time * X, axis=1) / np.maximum(np.nansum(time**2, axis=1), 1)
    quantiles = np.nanquantile(X, (0, 0.25, 0.5, 0.75, 1), axis=1)
    ends = X[:, 0], X[np.arange(len(X)), last]
    parts = np.nanmean(X, axis=1), np.nanstd(X, axis=1), *quantiles, *ends, slope
    return np.concatenate(parts, axis=1).astype(float)


def main(arguments=None) -> None:
    """Measure what was asked for, or all."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.regression",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_arguments(parser)
    parser.add_argument("--contenders", nargs="+", metavar="NAME", choices=CONTENDERS)
    parser.add_argument("--seeds", type=int, default=3, metavar="N")
    parser.add_argument("--folds", action="store_true", help="of the training parts only")
    parser.add_argument("--json", type=Path, default=RESULTS, metavar="FILE")
    options = parser.parse_args(arguments)
    quiet_import("sk_attnseq._training.fitting")  # TensorFlow, whose import is no part of a fit
    kind, measure = ("folds", in_folds) if options.folds else ("test", on_test_part)
    results = read_results(options.json)
    for name, path in choose_data_sets(parser, options).items():
        for contender in options.contenders or [c for c in CONTENDERS if c not in ON_REQUEST]:
            for seed in range(options.seeds):
                known = results.get(kind, {}).get(name, {}).get(contender, {}).get("rmse", {})
                if str(seed) not in known:
                    for of, value in measure(contender, seed, path).items():
                        keys = (kind, name, contender, of, str(seed))
                        results = store(options.json, keys, value)
    published = results.get("published", {}).get("rmse", {})
    print("\n".join(table(results.get(kind, {}), {} if options.folds else published)))


def on_test_part(contender, seed, path):
    """Measures of a fit on the training part, by the test part."""
    return fit_and_score(contender, seed, *_read(path, "train"), *_read(path, "test"))


def in_folds(contender, seed, path):
    """Measures of fits on all but a fold of the training part, by this fold: errors of all."""
    X, y = _read(path, "train")
    folds = KFold(N_FOLDS, shuffle=True, random_state=seed)
    of_folds = [
        fit_and_score(contender, seed, X[train], y[train], X[fold], y[fold]) | {"n": len(fold)}
        for train, fold in folds.split(X)
    ]
    squares = [of["rmse"] ** 2 for of in of_folds]
    error = np.sqrt(np.average(squares, weights=[of["n"] for of in of_folds]))
    return {"rmse": float(error), "fit_seconds": sum(of["fit_seconds"] for of in of_folds)}


def _read(path, part):
    X, y = read_part(path, part)
    return X, y.astype(float)


def fit_and_score(contender, seed, X, y, X_test, y_test):
    """Root mean squared error, and seconds of the fit."""
    regressor = CONTENDERS[contender](random_state=seed)
    started = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # of MLPRegressor's 200 iterations
        regressor.fit(X, y)
    seconds = time.perf_counter() - started
    error = root_mean_squared_error(y_test, regressor.predict(X_test))
    return {"rmse": float(error), "fit_seconds": seconds}


def table(results, published):
    """The lines that show all results: mean and range of the errors, and of the seconds."""
    for name, contenders in results.items():
        yield name
        for contender, of in contenders.items():
            errors, seconds = (list(of[measure].values()) for measure in ("rmse", "fit_seconds"))
            yield (
                f"  {contender:<20}{_number(np.mean(errors))}  ({_number(min(errors)).strip()} to "
                f"{_number(max(errors)).strip()}){np.median(seconds):10.2f} s"
            )
        for method, error in published.get(name, {}).items():
            yield f"  {method:<20}{_number(error)}  (published)"


def _number(error):
    """An error with four digits, whatever its unit."""
    return f"{error:10.4g}"


if __name__ == "__main__":
    main()
