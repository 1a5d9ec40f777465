"""A GPU beside the CPU and Keras: microseconds of a step, and seconds of a first fit.

    python -m benchmarks.gpu

Takes less than three minutes, much of which is compiling. Keras has its default place, which is
the GPU if there is one. Without a GPU, the others are measured, and the table says so.
"""

from __future__ import annotations

import subprocess
import sys

from benchmarks import peers
from benchmarks._timing import timings
from sk_attnseq import AttentionSequenceClassifier
from sk_attnseq._runtime.startup import quiet_import
from sk_attnseq.presets import make_accurate_classifier

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
    """Print the table."""
    # In a process of its own, before this one starts TensorFlow and takes memory of the GPU.
    first = {device: first_fit(device) for device in ("gpu", "cpu")}
    print(f"{machine()}\n")
    print(f"{'a step, in us':<32}{'gpu':>12}{'cpu':>12}{'Keras':>12}")
    for name, (shape, classifier, units) in ROWS.items():
        X, y = peers.made(*shape)
        steps = len(X) // classifier.batch_size
        cells = [step_of(classifier.set_params(device=d), X, y, steps) for d in ("gpu", "cpu")]
        cells.append(step_of_keras(units, X, y, steps) if units else None)
        print(f"{name + ', ' + ' x '.join(map(str, shape)):<32}" + "".join(map(cell, cells)))
    print(f"{'first fit, import included, in s':<32}" + "".join(cell(first[d]) for d in first))


def cell(value):
    """A number, or why there is none."""
    return f"{'-' if value is None else format(value, ',.1f' if value < 60 else ',.0f'):>12}"


def step_of(classifier, X, y, steps):
    """Microseconds of a step of ours, the least of three epochs; None without the device."""
    classifier.set_params(epochs=1, warm_start=True, learning_rate_schedule="constant")
    try:
        classifier.fit(X, y)
    except ValueError as error:
        print(error, file=sys.stderr)
        return None
    return 1e6 * min(timings(lambda: classifier.fit(X, y), 3)) / steps


def step_of_keras(units, X, y, steps):
    """Microseconds of a step of Keras's own `fit`, the least of two epochs."""
    model = peers.keras_model(*X.shape[1:], 10, units=units)
    options = {"batch_size": len(X) // steps, "verbose": 0}
    model.fit(X, y, **options)
    return 1e6 * min(timings(lambda: model.fit(X, y, **options), 2)) / steps


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
    """TensorFlow's version, and what the GPUs are called."""
    quiet_import("sk_attnseq._training.devices")  # which also leaves memory to others
    import tensorflow as tf

    gpus = tf.config.list_physical_devices("GPU")
    names = [tf.config.experimental.get_device_details(gpu).get("device_name") for gpu in gpus]
    return f"TensorFlow {tf.__version__}, " + (", ".join(map(str, names)) or "no GPU")


if __name__ == "__main__":
    main()
