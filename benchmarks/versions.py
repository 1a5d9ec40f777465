"""Saved in one environment, loaded in another: with the oldest supported versions and the newest.

    python -m benchmarks.versions
    python -m benchmarks.versions --python OLD/bin/python --python NEW/bin/python

It is a script and no test, as it needs two environments at once, with two versions of
scikit-learn, NumPy, TensorFlow and Keras. Without `--python` it makes them in a temporary
directory with pip (1.5 GB to download, some minutes). Run it in the root of the repository, whose
package is the one that both environments use.

Each environment trains the three networks, saves them through joblib, pickle, skops, ONNX and
Keras, and loads what the other has saved, which must predict as it did where it was saved and go
on training; between two versions of scikit-learn, an `InconsistentVersionWarning` must come. A
way whose package is missing in one of the environments is left out, and said to be. It ends with
an error if anything differs.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import json
import pickle
import subprocess
import sys
import tempfile
import time
import venv
import warnings
from pathlib import Path

NEWEST = ("tensorflow", "scikit-learn", "numpy", "joblib")
BOTH = ("skops>=0.13", "onnx>=1.17", "onnxruntime>=1.18")
NETWORKS = ("pooling", "multihead", None)
WAYS = ("joblib", "pickle", "skops", "onnx", "keras")
TRUSTED = ["sk_attnseq._classifier.AttentionSequenceClassifier"]
REPOSITORY = Path(__file__).parents[1]
# pip's arguments: `NEWEST`, held to the oldest supported versions.
OLDEST = (*NEWEST, "--constraint", str(REPOSITORY / ".ci" / "oldest.txt"))


def main() -> None:
    """Save and load in both directions, and print how each went."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--python", action="append", metavar="INTERPRETER", default=[])
    pythons = parser.parse_args().python
    if len(pythons) not in (0, 2):
        parser.error("pass --python twice, or not at all")
    with tempfile.TemporaryDirectory() as directory:
        if not pythons:
            pythons = [
                make_environment(Path(directory, name), requirements)
                for name, requirements in (("oldest", OLDEST), ("newest", NEWEST))
            ]
        folders = [Path(directory, name) for name in ("from_first", "from_second")]
        for python, folder in zip(pythons, folders, strict=True):
            folder.mkdir()
            run(python, "save", folder)
        for python, folder in zip(pythons, reversed(folders), strict=True):
            run(python, "load", folder)


def make_environment(path, requirements) -> str:
    """Make a virtual environment and return its interpreter."""
    start = time.perf_counter()
    venv.create(path, with_pip=True)
    python = str(path / ("Scripts" if sys.platform == "win32" else "bin") / "python")
    subprocess.run([python, "-m", "pip", "install", "--quiet", *requirements, *BOTH], check=True)
    print(f"made {path.name} in {time.perf_counter() - start:.0f} s", flush=True)
    return python


def run(python, what, folder):
    """Call `save` or `load` of this file in another interpreter."""
    code = f"from benchmarks import versions; versions.{what}({str(folder)!r})"
    subprocess.run([python, "-c", code], check=True, cwd=REPOSITORY)


def save(folder: str) -> None:
    """Train the three networks and save them in all ways that there are packages for."""
    import joblib
    import numpy as np

    from sk_attnseq import AttentionSequenceClassifier
    from sk_attnseq.datasets import make_sequence_classification

    X, y = make_sequence_classification(90, n_classes=3, random_state=0)
    y = np.array(["down", "still", "up"])[y]
    assert X.dtype == np.float64, "of which predictions are computed in double precision"
    np.savez(Path(folder, "data.npz"), X=X, y=y)
    ways = [way for way in WAYS if importlib.util.find_spec(way)]
    Path(folder, "about.json").write_text(json.dumps({"ways": ways, **versions()}))
    for attention in NETWORKS:
        classifier = AttentionSequenceClassifier(attention=attention, epochs=3, random_state=0)
        stem = Path(folder, str(attention))
        classifier.fit(X, y)
        np.save(f"{stem}.npy", classifier.predict_proba(X))
        joblib.dump(classifier, f"{stem}.joblib")
        Path(f"{stem}.pickle").write_bytes(pickle.dumps(classifier))
        classifier.model_.save(f"{stem}.keras")
        if "skops" in ways:
            import skops.io

            skops.io.dump(classifier, f"{stem}.skops")
        if "onnx" in ways:
            from sk_attnseq.export import to_onnx

            Path(f"{stem}.onnx").write_bytes(to_onnx(classifier).SerializeToString())


def load(folder: str) -> None:
    """Load what `save` saved elsewhere, and raise an error where it predicts otherwise."""
    import numpy as np

    about = json.loads(Path(folder, "about.json").read_text())
    here = versions()
    print(f"\nsaved with {about}\nloaded with {here}", flush=True)
    with np.load(Path(folder, "data.npz")) as data:
        X, y = data["X"], data["y"]
    other = about["scikit-learn"] != here["scikit-learn"]
    for way in WAYS:
        reason = why_not(way, about, here)
        if reason:
            print(f"{way:8} left out: {reason}")
            continue
        largest = 0.0
        for attention in NETWORKS:
            expected = np.load(Path(folder, f"{attention}.npy"))
            path = str(Path(folder, f"{attention}.{way}"))
            probabilities = PREDICT[way](path, X, y, other)
            largest = max(largest, float(np.abs(probabilities - expected).max()))
        # ONNX and Keras compute in single precision.
        allowed = 1e-5 if way in ("onnx", "keras") else 1e-12
        print(f"{way:8} largest difference of a probability {largest:.1e}", flush=True)
        if not largest <= allowed:
            raise SystemExit(f"{way}: probabilities differ by {largest}, more than {allowed}")


def why_not(way, about, here):
    """Why there is nothing to load in a way here, or None."""
    module = "onnxruntime" if way == "onnx" else way
    if way not in about["ways"] or not importlib.util.find_spec(module):
        return "it is not installed in both"
    if way == "pickle" and about["numpy"] >= "2" and not importlib.util.find_spec("numpy._core"):
        return f"NumPy {here['numpy']} reads no pickles of NumPy 2"
    if way == "keras" and numbers(about["keras"]) > numbers(here["keras"]):
        # It writes all arguments of a layer, also those that older versions do not have.
        return "Keras reads no files of newer versions"
    return None


def numbers(version):
    """Major and minor version, to be compared."""
    return tuple(map(int, version.split(".")[:2]))


def predict_restored(classifier_from):
    """A function that predicts with the classifier which `classifier_from(path)` returns."""

    def predict(path, X, y, other_version):
        with version_warning(other_version):
            classifier = classifier_from(path)
        probabilities = classifier.predict_proba(X)
        classifier.set_params(warm_start=True, epochs=1).fit(X, y)
        assert classifier.n_iter_ == 4
        return probabilities

    return predict


@contextlib.contextmanager
def version_warning(expected):
    """Raise an error unless scikit-learn's warning comes if it is expected, and no other."""
    from sklearn.exceptions import InconsistentVersionWarning

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield
    found = [warning.category for warning in caught]
    if found != [InconsistentVersionWarning] * expected:
        raise SystemExit(f"expected {int(expected)} InconsistentVersionWarning, got {found}")


def from_joblib(path):
    """Load with the arrays left in the file."""
    import joblib

    return joblib.load(path, mmap_mode="r")


def from_pickle(path):
    """Load a pickle."""
    return pickle.loads(Path(path).read_bytes())


def from_skops(path):
    """Load with skops, trusting the classifier's type only."""
    import skops.io

    return skops.io.load(path, trusted=TRUSTED)


def predict_onnx(path, X, y, other_version):
    """Predict with onnxruntime."""
    import onnxruntime

    session = onnxruntime.InferenceSession(path)
    return session.run(["probabilities"], {"X": X.astype("float32")})[0]


def predict_keras(path, X, y, other_version):
    """Predict with Keras, which loads in its safe mode."""
    import keras

    return keras.saving.load_model(path).predict(X, verbose=0)


PREDICT = {
    "joblib": predict_restored(from_joblib),
    "pickle": predict_restored(from_pickle),
    "skops": predict_restored(from_skops),
    "onnx": predict_onnx,
    "keras": predict_keras,
}


def versions() -> dict[str, str]:
    """Versions of what takes part."""
    from importlib.metadata import PackageNotFoundError, version

    found = {"Python": sys.version.split()[0]}
    for name in ("scikit-learn", "numpy", "tensorflow", "keras", "joblib", "skops", "onnxruntime"):
        with contextlib.suppress(PackageNotFoundError):
            found[name] = version(name)
    return found


if __name__ == "__main__":
    main()
