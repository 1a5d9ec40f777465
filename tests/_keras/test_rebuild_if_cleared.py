"""What is built while another thread clears Keras's session is built again; signals wait."""

import keras
import pytest
import tensorflow as tf

from sk_attnseq._keras.rebuild_if_cleared import rebuilds_if_session_is_cleared


def build_model(tries, *, n_cleared):
    """A model of two operations, which need two names, in the midst of which sessions end."""
    inputs = keras.Input((2,))
    outputs = keras.ops.expand_dims(inputs, -1)
    tries.append(outputs)
    if len(tries) <= n_cleared:  # as another thread may: it is the same state for all
        keras.utils.clear_session(free_memory=False)
    return keras.Model(inputs, keras.ops.expand_dims(outputs, -1))


def test_why_it_is_built_again():
    keras.utils.clear_session(free_memory=False)  # so that the first name comes twice
    with pytest.raises(ValueError, match="used 2 times"):
        build_model([], n_cleared=1)


def test_it_is_built_again_until_it_was_left_alone():
    tries = []
    model = rebuilds_if_session_is_cleared(build_model)(tries, n_cleared=3)
    assert model.output_shape == (None, 2, 1, 1)
    assert len(tries) == 4


def test_it_does_not_go_on_for_ever():
    with pytest.raises(RuntimeError, match=r"let no other thread call keras\.utils\.clear_session"):
        rebuilds_if_session_is_cleared(build_model)([], n_cleared=1000)


def test_other_errors_are_raised_at_once():
    tries = []

    @rebuilds_if_session_is_cleared
    def fail():
        tries.append("one")
        raise ValueError("of another kind")

    with pytest.raises(ValueError, match="of another kind"):
        fail()
    assert tries == ["one"]


def test_signals_wait_until_it_is_built(reach_time_limit):
    """In the midst of an exit of TensorFlow's graph, an error would leave it the default graph."""
    built = []

    @rebuilds_if_session_is_cleared
    def build():
        graph = tf.Graph()
        with graph.as_default():
            reach_time_limit()
        built.append(graph)

    with pytest.raises(TimeoutError):
        build()
    assert len(built) == 1
