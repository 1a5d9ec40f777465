"""An LSTM layer for the training engine: it stops where its sequences end."""

import keras
import numpy as np
import tensorflow as tf

# The gates input, forget, cell, output: one tanh serves all four, as
# sigmoid(z) = (1 + tanh(z / 2)) / 2.
_SCALE = np.array([[0.5], [0.5], [1.0], [0.5]])  # of what goes into the tanh, and comes out
_SHIFT = np.array([[0.5], [0.5], [0.0], [0.5]])
_MAX_COPIES_SIZE = 4_000_000
_GATE = np.arange(4)[:, np.newaxis]


@keras.saving.register_keras_serializable("sk_attnseq")  # Bidirectional copies by config
class StoppingLSTM(keras.layers.LSTM):
    """Keras's LSTM, with a loop over time that runs to the longest sequence only.

    Keras's own loop runs over all timesteps of the array, padding included. This one
    counts its steps at run time, so one compiled program serves batches of all lengths
    and short batches cost little.

    Padding is behind the sequence in either direction, as a backward layer reads each
    sequence from its own end: so it cannot reach what is real, and the loop needs no mask.
    Weights and results are those of the parent class, but for the outputs at padded
    timesteps, which nobody may read.
    """

    def inner_loop(self, sequences, initial_state, mask, training=False):
        lengths = tf.reduce_sum(tf.cast(mask, tf.int32), axis=1)
        if self.go_backwards:
            sequences = tf.reverse_sequence(sequences, lengths, seq_axis=1)
        # A feature that is always 1 makes the bias a row of the kernel.
        x = tf.transpose(sequences, (1, 2, 0))  # (timesteps, features, batch)
        x = tf.pad(x, ((0, 0), (0, 1), (0, 0)), constant_values=1)
        kernel = tf.concat([self.cell.kernel, self.cell.bias[tf.newaxis]], axis=0)
        recurrent_kernel = tf.convert_to_tensor(self.cell.recurrent_kernel)
        n_steps = self.count_steps(lengths, sequences.shape[1])
        outputs = _lstm(x, kernel, recurrent_kernel, n_steps)
        outputs = tf.transpose(outputs, (2, 0, 1))  # (batch, timesteps, units)
        is_last = tf.one_hot(lengths - 1, sequences.shape[1], dtype=x.dtype)
        last = tf.einsum("bt,btu->bu", is_last, outputs)
        if self.go_backwards:  # Keras expects the array's last timestep first
            outputs = tf.reverse(tf.reverse_sequence(outputs, lengths, seq_axis=1), [1])
        return last, outputs, []

    def count_steps(self, lengths, n_timesteps):
        """How many timesteps the loops go through: those of the longest sequence."""
        return tf.reduce_max(lengths)


@keras.saving.register_keras_serializable("sk_attnseq")
class FullLengthLSTM(StoppingLSTM):
    """The same with loops over all timesteps of the array, for a GPU.

    There XLA waits for the host in each turn of a loop whose number of turns it does not know
    when it compiles, which takes longer than the turn. What the loops do after the end of a
    sequence, they do for the shorter sequences of a batch in any case.
    """

    def count_steps(self, lengths, n_timesteps):
        """How many timesteps the loops go through: all."""
        return n_timesteps


def _lstm(x, kernel, recurrent_kernel, n_steps):
    """(timesteps, inputs, batch) -> (timesteps, units, batch), for the first `n_steps`.

    The batch comes last, and the loops see units and batch as one axis: so each gate is a
    row of one array, and XLA makes vector instructions of elementwise operations on long
    rows, but not on rows of 32.
    """
    n_timesteps, _, batch = x.shape
    units, width = recurrent_kernel.shape[0], recurrent_kernel.shape[0] * batch
    scale, shift = tf.constant(_SCALE, x.dtype), tf.constant(_SHIFT, x.dtype)

    @tf.custom_gradient
    def run(x, kernel, recurrent_kernel):
        inputs = tf.reshape(_product(tf.transpose(kernel), x), (n_timesteps, 4, width))
        transposed = tf.transpose(recurrent_kernel)

        def step(t, h, c, all_gates, all_c):
            z = tf.reshape(tf.matmul(transposed, tf.reshape(h, (units, batch))), (4, width))
            gates = tf.tanh((z + inputs[t]) * scale) * scale + shift
            i, f, g, o = tf.unstack(gates)
            c = f * c + i * g
            return t + 1, o * tf.tanh(c), c, all_gates.write(t, gates), all_c.write(t, c)

        zeros = tf.zeros(width, x.dtype)
        stacks = (_stack(x, 4, width), _stack(x, width))
        *_, gates, c = tf.while_loop(lambda t, *_: t < n_steps, step, (0, zeros, zeros, *stacks))
        gates, c = gates.stack(), c.stack()
        h = gates[:, 3] * tf.tanh(c)

        def gradient(dh):
            dz = _backward(dh, recurrent_kernel, gates, c, n_steps)
            dz = tf.reshape(dz, (n_timesteps, 4 * units, batch))
            h_before = tf.pad(h[:-1], ((1, 0), (0, 0)))
            h_before = tf.reshape(h_before, (n_timesteps, units, batch))
            return (
                _product(kernel, dz),
                tf.einsum("tib,tgb->ig", x, dz),
                tf.einsum("tub,tgb->ug", h_before, dz),
            )

        return h, gradient

    return tf.reshape(run(x, kernel, recurrent_kernel), (n_timesteps, units, batch))


def _backward(dh_output, recurrent_kernel, gates, c, n_steps):
    """Gradient by the gates' inputs z, (timesteps, 4, width), from that by the outputs h.

    Written out, because TensorFlow's own gradient of a loop copies the whole dh_output in
    each of its steps. What does not depend on later timesteps is computed for all of them
    at once, so that the loop keeps few kernels: XLA gives the body of a loop with more
    than eight to two threads, which cost more than they help.
    """
    width = gates.shape[2]
    units = recurrent_kernel.shape[0]
    gate = tf.constant(_GATE)
    i, f, g, o = tf.unstack(gates, axis=1)
    tanh_c = tf.tanh(c)
    # With c' as the state before, dc/dz is i (1 - i) g for the input gate, f (1 - f) c' for
    # the forget gate and i (1 - g^2) for the cell; dh/dz is o (1 - o) tanh(c) for the output
    # gate. Since f c' = c - i g, that is (1 - gate) times:
    cases = (i * g, c - i * g, i + i * g, o * tanh_c)
    first, second, third, fourth = (case[:, tf.newaxis] for case in cases)
    by_z = tf.where(gate == 2, third, fourth)
    by_z = tf.where(gate == 0, first, tf.where(gate == 1, second, by_z)) * (1 - gates)
    dc_by_dh = o * (1 - tf.square(tanh_c))

    def step(t, dh, dc, all_dz):
        dh += dh_output[t]
        dc += dh * dc_by_dh[t]
        dz = by_z[t] * tf.where(gate == 3, dh, dc)
        dh = tf.matmul(recurrent_kernel, tf.reshape(dz, (4 * units, -1)))
        return t - 1, tf.reshape(dh, [width]), dc * f[t], all_dz.write(t, dz)

    zeros = tf.zeros(width, gates.dtype)
    start = (n_steps - 1, zeros, zeros, _stack(gates, 4, width))
    *_, dz = tf.while_loop(lambda t, *_: t >= 0, step, start)
    return dz.stack()


def _product(matrix, stack):
    """The product of a matrix with each of a stack of matrices.

    XLA is faster with a copy of the matrix for each than with the transpositions that it
    needs else, as long as the matrix is not much wider than a batch and the copies are small.
    """
    n_copies, _, batch = stack.shape
    too_large = n_copies * matrix.shape[0] * matrix.shape[1] > _MAX_COPIES_SIZE
    if too_large or min(matrix.shape) > 2 * batch:
        return tf.einsum("ij,tjb->tib", matrix, stack)
    return tf.matmul(tf.tile(matrix[tf.newaxis], (stack.shape[0], 1, 1)), stack)


def _stack(like, *shape):
    """An array to be written timestep by timestep; what is not written is zeros."""
    return tf.TensorArray(like.dtype, size=like.shape[0], element_shape=shape)
