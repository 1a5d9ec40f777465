"""Where TensorFlow computes: on the CPU, or on a GPU that was asked for."""

import contextlib
import functools
import re

import tensorflow as tf

from sk_attnseq._runtime import startup_log
from sk_attnseq._runtime.deferred_signals import signals_deferred

CPU = "/CPU:0"

# What TensorFlow says while it looks for GPUs, after time, thread and file.
_OF_GPUS = re.compile(r"[^]]*\] (.*\b(?:GPUs?|CUDA)\b.*)", re.IGNORECASE)


def tensorflow_name(device: str) -> str:
    """TensorFlow's name of a device: "cpu" is "/CPU:0", "gpu" "/GPU:0", "gpu:1" "/GPU:1"."""
    if device == "cpu":
        return CPU
    kind, _, number = device.partition(":")
    return f"/{kind.upper()}:{int(number or 0)}"


@signals_deferred()
def check_device(device: str) -> None:
    """Raise unless the device is there, and XLA can compile for it."""
    if not tf.executing_eagerly():
        raise RuntimeError(
            "TensorFlow does not execute eagerly, which training needs: leave out "
            "tf.compat.v1.disable_v2_behavior() or disable_eager_execution(), and call fit outside "
            "of graphs and tf.functions."
        )
    if device == "cpu":
        return
    gpus = [f"gpu:{i}" for i in range(len(tf.config.list_logical_devices("GPU")))]
    if tensorflow_name(device) not in map(tensorflow_name, gpus):
        found = filter(None, map(_OF_GPUS.match, startup_log.dropped))
        said = " ".join(dict.fromkeys(match[1] for match in found))
        raise ValueError(
            f"device == {device!r}, but TensorFlow finds only {['cpu', *gpus]} on this machine."
            + (f" While it looked for GPUs, it said: {said}" if said else "")
        )
    try:
        _start_quietly(tensorflow_name(device))
    except tf.errors.OpError as error:
        raise RuntimeError(
            f"device == {device!r}, but TensorFlow's compiler XLA cannot compile for it, and "
            f"without it there is no training here: {error.message} Take device='cpu', or "
            "install what is missing."
        ) from error


@functools.cache
def _start_quietly(name):
    with startup_log.silenced():
        _start(name)


def _start(name):
    """Compile something small: what TensorFlow logs once for each device, it logs here."""
    two_fused_operations = tf.function(
        lambda x: tf.tanh(2.0 * x), jit_compile=True, autograph=False
    )
    with tf.device(name):
        two_fused_operations(tf.zeros((8, 8)))


def _let_memory_grow():
    """Take the memory of GPUs as it is needed, unless the user has decided, or it is too late.

    Else TensorFlow takes all memory of all GPUs when it starts its devices, also where every
    operation runs on the CPU, and the next process that wants some finds none.
    """
    gpus = tf.config.get_visible_devices("GPU")
    if any(
        tf.config.experimental.get_memory_growth(gpu) is not None
        or tf.config.get_logical_device_configuration(gpu)
        for gpu in gpus
    ):
        return
    with contextlib.suppress(RuntimeError):  # devices that have started stay as they are
        for gpu in gpus:
            tf.config.experimental.set_memory_growth(gpu, True)


_let_memory_grow()
if tf.executing_eagerly():
    _start(CPU)
