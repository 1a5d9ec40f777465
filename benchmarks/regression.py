"""Errors of the regressor on public data sets, beside a mean and scikit-learn's network.

    pip install -e ".[plot]" aeon
    python -m benchmarks.regression DIR [--only NAME ...] [--seeds 3]

DIR holds data sets with a train/test split and numbers as targets, in files as for
`benchmarks.accuracy`: such as Covid3Month and CardanoSentiment, which come with aeon, from the
archive of Tan, Bergmeir, Petitjean & Webb, Time Series Extrinsic Regression, DMKD 2021. Each
contender is fitted on the training part and judged on the test part by its root mean squared error;
nothing was chosen by these. Results go to `benchmarks/regression.json` as soon as there are any,
and what is in there is not measured again.
"""

from __future__ import annotations

import argparse
import time
import warnings
from pathlib import Path

import numpy as np
from sklearn.compose import TransformedTargetRegressor
from sklearn.dummy import DummyRegressor
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import root_mean_squared_error
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


def make_mean(random_state):
    """What predicts the mean of the training targets."""
    return DummyRegressor()


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


CONTENDERS = {
    "mean": make_mean,
    "MLPRegressor": make_mlp,
    "default": make_default,
    "accurate": make_accurate,
}


def flattened(X):
    """Sequences as columns, (n_samples, n_timesteps * n_features); 0 in padding."""
    return np.nan_to_num(X.reshape(len(X), -1))


def main(arguments=None) -> None:
    """Measure what was asked for, or all."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.regression",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_arguments(parser)
    parser.add_argument("--seeds", type=int, default=3, metavar="N")
    parser.add_argument("--json", type=Path, default=RESULTS, metavar="FILE")
    options = parser.parse_args(arguments)
    quiet_import("sk_attnseq._training.fitting")  # TensorFlow, whose import is no part of a fit
    results = read_results(options.json)
    for name, path in choose_data_sets(parser, options).items():
        train, test = ([X, y.astype(float)] for X, y in (read_part(path, p) for p in PARTS))
        for contender in CONTENDERS:
            for seed in range(options.seeds):
                known = results.get(name, {}).get(contender, {}).get("rmse", {})
                if str(seed) not in known:
                    measures = fit_and_score(contender, seed, *train, *test)
                    for measure, value in measures.items():
                        keys = (name, contender, measure, str(seed))
                        results = store(options.json, keys, value)
    print("\n".join(table(results)))


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


def table(results):
    """The lines that show all results: mean and range of the errors, and of the seconds."""
    for name, contenders in results.items():
        yield name
        for contender, of in contenders.items():
            errors, seconds = (list(of[measure].values()) for measure in ("rmse", "fit_seconds"))
            yield (
                f"  {contender:<14}{np.mean(errors):8.4f}  ({min(errors):.4f} to "
                f"{max(errors):.4f}){np.median(seconds):10.2f} s"
            )


if __name__ == "__main__":
    main()
