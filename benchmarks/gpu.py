"""A GPU beside the CPU and Keras: the time of a step, and of a first fit.

    python -m benchmarks.gpu

Takes less than three minutes, much of which is compiling. Keras has its default place, which is
the GPU if there is one. Prints a table and writes it as JSON (`benchmarks/gpu.json`). Without a
GPU, the others are measured, the table says so, and the file stays as it is.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from benchmarks import __main__ as speed
from benchmarks import peers
from benchmarks._results import write_results
from benchmarks._rounding import rounded
from benchmarks._timing import timings
from sk_attnseq import AttentionSequenceClassifier, __version__
from sk_attnseq._runtime.tensorflow_import import quiet_import
from sk_attnseq.presets import make_accurate_classifier

RESULTS = Path(__file__).parent / "gpu.json"
# Samples, timesteps and features; the classifier; units of the same network in Keras, if any.
ROWS = {
    "default": ((9_984, 10, 5), AttentionSequenceClassifier(), 32),
    "accurate": ((1_024, 128, 9), make_accurate_classifier()[-1], None),
    "units=256": ((2_048, 100, 16), AttentionSequenceClassifier(256, batch_size=256), 256),
}
FIRST_FIT = """
import time
started = time.perf_counter()
from benchmarks import peers
from sk_attnseq import AttentionSequenceClassifier
AttentionSequenceClassifier(epochs=1, device={device!r}).fit(*peers.made(9_984))
print(time.perf_counter() - started)
"""


def main() -> None:
    """Print the table, and write it if it has a GPU."""
    # In a process of its own, before this one starts TensorFlow and takes memory of the GPU.
    first = {f"{device}_seconds": first_fit(device) for device in ("gpu", "cpu")}
    where = machine()
    print(f"TensorFlow {where['tensorflow']}, {where.get('gpu', 'no GPU')}\n")
    print(f"{'':<44}{'gpu':>12}{'cpu':>12}{'Keras':>12}")
    results = {"version": __version__, "machine": where}
    for name, (shape, classifier, units) in ROWS.items():
        X, y = peers.made(*shape)
        steps = len(X) // classifier.batch_size
        results[name] = {
            "gpu_seconds": step_of(classifier.set_params(device="gpu"), X, y, steps),
            "cpu_seconds": step_of(classifier.set_params(device="cpu"), X, y, steps),
            "keras_seconds": step_of_keras(units, X, y, steps) if units else None,
        }
        print(line(f"a step, {name}, " + " x ".join(map(str, shape)), results[name]), flush=True)
    results["first_fit"] = first
    print(line("first fit, import included", first))
    if "gpu" in where:
        write_results(RESULTS, results)


def line(name, seconds):
    """A row of the table."""
    cells = ("-" if value is None else rounded(value, "s") for value in seconds.values())
    return f"{name:<44}" + "".join(f"{cell:>12}" for cell in cells)


def step_of(classifier, X, y, steps):
    """Seconds of a step of ours, the least of three epochs; None without the device."""
    classifier.set_params(epochs=1, warm_start=True, learning_rate_schedule="constant")
    try:
        classifier.fit(X, y)
    except ValueError as error:
        print(error, file=sys.stderr)
        return None
    return min(timings(lambda: classifier.fit(X, y), 3)) / steps


def step_of_keras(units, X, y, steps):
    """Seconds of a step of Keras's own `fit`, the least of two epochs."""
    model = peers.keras_model(*X.shape[1:], 10, units=units)
    options = {"batch_size": len(X) // steps, "verbose": 0}
    model.fit(X, y, **options)
    return min(timings(lambda: model.fit(X, y, **options), 2)) / steps


def first_fit(device):
    """Seconds from the start of a script to the end of its first fit, or None."""
    process = subprocess.run(
        [sys.executable, "-c", FIRST_FIT.format(device=device)],
        capture_output=True,
        text=True,
        check=False,
    )
    return float(process.stdout) if process.returncode == 0 else None


def machine():
    """What it is measured on, with TensorFlow's version and the name of the first GPU, if any."""
    quiet_import("sk_attnseq._training.devices")  # which also leaves memory to others
    import tensorflow as tf

    found = {**speed.machine(), "tensorflow": tf.__version__}
    for gpu in tf.config.list_physical_devices("GPU")[:1]:
        found["gpu"] = tf.config.experimental.get_device_details(gpu).get("device_name", gpu.name)
    return found


if __name__ == "__main__":
    main()
