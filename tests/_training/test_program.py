import threading

import keras
import numpy as np
import pytest
import tensorflow as tf

from sk_attnseq._keras import stopping_lstm
from sk_attnseq._training import program
from sk_attnseq._training.batch_shapes import Shape
from sk_attnseq._training.program import get_program
from tests.networks import make_architecture


def test_dropout_factors_keep_the_mean():
    program = get_program(
        make_architecture(units=(6, 4)), (Shape(32, 10),), "cross_entropy", 1, True
    )
    factors = program.draw_factors(256, 0.25, np.random.default_rng(0))
    assert [f.shape for f in factors] == [(256, 32, 6), (256, 32, 4)]
    assert set(np.unique(factors[0])) == {np.float32(0), np.float32(1 / 0.75)}
    assert factors[0].mean() == pytest.approx(1, abs=0.05)


def test_programs_are_shared_by_all_that_leaves_the_network_alone(monkeypatch):
    monkeypatch.setattr(program, "Program", lambda *shape: list(shape))  # compiling takes long
    architecture = make_architecture(n_features=77)
    shapes = (Shape(32, 6),)
    first = get_program(architecture, shapes, "cross_entropy", 1, False)
    assert get_program(make_architecture(n_features=77), shapes, "cross_entropy", 1, False) is first
    assert get_program(architecture, shapes, "cross_entropy", 1, True) is not first
    assert get_program(architecture, shapes, "cross_entropy", 2, False) is not first
    assert get_program(architecture, shapes, "cross_entropy", 1, False, "/GPU:0") is not first


def test_all_programs_are_kept(monkeypatch):
    monkeypatch.setattr(program, "Program", lambda *shape: list(shape))
    architecture = make_architecture(n_features=78)
    shapes = [(Shape(8, n),) for n in range(1, 301)]
    first = [get_program(architecture, s, "cross_entropy", 1, False) for s in shapes]
    again = [get_program(architecture, s, "cross_entropy", 1, False) for s in shapes]
    assert all(a is b for a, b in zip(first, again, strict=True))


def test_a_program_that_cannot_be_compiled_is_not_kept():
    architecture = make_architecture(None, (2,), n_features=2)
    tf.debugging.enable_check_numerics()  # which XLA cannot compile
    try:
        with pytest.raises(tf.errors.OpError, match="DebugNumericSummary"):
            get_program(architecture, (Shape(3, 2),), "cross_entropy", 1, False)
    finally:
        tf.debugging.disable_check_numerics()
    assert get_program(architecture, (Shape(3, 2),), "cross_entropy", 1, False).batch_size == 3


def test_clearing_keras_session_meanwhile_leaves_no_weight_untrained(monkeypatch):
    """`stateless_call` would take the layers' own weights for those that it was given."""
    original, calls = stopping_lstm._lstm, []

    def clear_session_once(*args):
        calls.append(args)
        if len(calls) == 1:
            thread = threading.Thread(target=keras.utils.clear_session)
            thread.start()
            thread.join()
        return original(*args)

    monkeypatch.setattr(stopping_lstm, "_lstm", clear_session_once)
    architecture = make_architecture("pooling", (2,), n_features=2)
    trained = get_program(architecture, (Shape(5, 2),), "cross_entropy", 1, False)
    assert tf.resource not in [tensor.dtype for tensor in trained._run.captured_inputs]
    assert len(calls) == 2
