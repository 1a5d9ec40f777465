"""A demonstration: choose a network for handwritten digits, save it, see where it looks.

Run it with ``python -m sk_attnseq``; it takes less than a minute and writes two files to
the working directory: the fitted pipeline and a picture.
"""

import argparse
import tempfile
import time
from pathlib import Path
from typing import Any

import joblib
import numpy as np
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import MinMaxScaler

from sk_attnseq import AttentionSequenceClassifier
from sk_attnseq.datasets import load_digit_sequences


def main() -> None:
    """Run the demonstration."""
    parser = argparse.ArgumentParser(prog="python -m sk_attnseq", description=__doc__)
    parser.add_argument("--directory", type=Path, default=Path(), help="where to write the files")
    directory = parser.parse_args().directory
    check_requirements(parser, directory)
    started = time.perf_counter()

    X, y = load_digit_sequences(return_X_y=True)
    print(f"{len(X)} handwritten digits, read as {X.shape[1]} rows of {X.shape[2]} pixels each.")
    X = X.reshape(len(X), -1)  # scikit-learn's scalers want columns: 8 timesteps x 8 features
    X_train, X_test, y_train, y_test = train_test_split(
        X, y, test_size=0.25, stratify=y, random_state=0
    )
    search = search_networks(X_train, y_train)
    for parameters, score in zip(
        search.cv_results_["params"], search.cv_results_["mean_test_score"], strict=True
    ):
        print(f"attention={parameters['classify__attention']!s:<10} accuracy {score:.3f} in CV")
    print(f"Chosen: {search.best_params_}")

    path = directory / "digits.joblib"
    joblib.dump(search.best_estimator_, path)
    loaded = joblib.load(path)
    print(f"Saved as {path} and loaded back.")
    print(f"Accuracy on {len(X_test)} held-out digits: {loaded.score(X_test, y_test):.3f}")

    looking = pooling_network(search, X_train, y_train)
    picture = directory / "digits_attention.png"
    draw_attention(looking, X_test, picture)
    print(f"Where the network with attention pooling looks: {picture}")
    print(f"All in {time.perf_counter() - started:.0f} seconds.")


def check_requirements(parser: argparse.ArgumentParser, directory: Path) -> None:
    """End now if a file could not be written, or drawn, after a minute of work."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=directory):
            pass
    except OSError as error:
        parser.error(
            f"cannot write to {str(directory)!r} ({error}): pass --directory with a directory "
            "that can be written to."
        )
    try:
        import matplotlib  # noqa: F401
    except ImportError:
        parser.error("the picture needs matplotlib: pip install matplotlib")


def search_networks(X: np.ndarray, y: np.ndarray) -> GridSearchCV:
    """Choose between the three networks by cross-validation."""
    classifier = AttentionSequenceClassifier(
        64,
        bidirectional=True,
        dropout=0.3,
        epochs=40,
        learning_rate_schedule="one_cycle",  # so that no last step is a large one
        n_timesteps=8,
        random_state=0,
    )
    pipeline = Pipeline([("scale", MinMaxScaler()), ("classify", classifier)])
    grid = {"classify__attention": ["pooling", "multihead", None]}
    search = GridSearchCV(pipeline, grid, cv=3)
    try:
        from sklearn.callback import ProgressBar

        search.set_callbacks(ProgressBar())
    except ImportError:  # scikit-learn before 1.9, or no rich: a line for each fit
        search.set_params(verbose=3)
    # Threads share TensorFlow and the compiled programs; processes would each start their own.
    with joblib.parallel_config(backend="threading", n_jobs=2):
        return search.fit(X, y)


def pooling_network(search: GridSearchCV, X: np.ndarray, y: np.ndarray) -> Pipeline:
    """The chosen pipeline if its network pools with attention, else its like that does."""
    best = search.best_estimator_
    if best["classify"].attention == "pooling":
        return best
    return clone(best).set_params(classify__attention="pooling").fit(X, y)


def draw_attention(pipeline: Pipeline, X: np.ndarray, path: Path) -> None:
    """Draw the first digits, with the attention that each of their rows gets beside it."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    X = X[:10]
    weights = pipeline["classify"].attention_weights(pipeline["scale"].transform(X))
    predicted = pipeline.predict(X)
    figure = Figure(figsize=(10, 5.2), layout="constrained")
    figure.suptitle("Handwritten digits, read row by row, and the attention each row gets")
    cells: Any = figure.subfigures(2, 5)
    for cell, image, row_weights, digit in zip(
        cells.flat, X.reshape(-1, 8, 8), weights, predicted, strict=True
    ):
        left, right = cell.subplots(1, 2, sharey=True, width_ratios=(2, 1))
        left.imshow(image, cmap="gray_r", aspect="auto")
        left.set(title=f"predicted: {digit}", xticks=[], yticks=range(8))
        right.barh(range(8), row_weights, color=mpl.colormaps["viridis"](0.4))
        right.set(xlim=(0, weights.max()), xticks=[])
        right.tick_params(left=False)
    figure.savefig(path, dpi=120)
