"""An LSTM layer for the training engine, which stops where its sequences end."""

from __future__ import annotations

import keras
import tensorflow as tf


@keras.saving.register_keras_serializable("sk_attnseq")  # Bidirectional copies by config
class StoppingLSTM(keras.layers.LSTM):
    """Keras's LSTM, with a loop over time that runs to the longest sequence only.

    Keras's own loop runs over all timesteps of the array, padding included. This one
    counts its steps at run time, so one compiled program serves batches of all lengths
    and short batches cost little. Weights and results are those of the parent class,
    but for the outputs at padded timesteps, which nobody may read.

    Each step is a separate call of the cell's equations and the gradient is TensorFlow's:
    in XLA on a CPU that beat a backward pass written by hand, with the input's and the
    weights' products taken out of the loop or left in.
    """

    def inner_loop(self, sequences, initial_state, mask, training=False):
        if self.go_backwards:
            sequences, mask = tf.reverse(sequences, [1]), tf.reverse(mask, [1])
        x = tf.transpose(sequences, (1, 0, 2))  # (timesteps, batch, features)
        real = tf.transpose(mask)[:, :, tf.newaxis]  # (timesteps, batch, 1)
        n_timesteps, batch_size, _ = x.shape
        longest = tf.reduce_max(tf.reduce_sum(tf.cast(mask, tf.int32), axis=1))
        # Padding is at the end, and so at the start of what is read backwards.
        start, stop = (n_timesteps - longest, n_timesteps) if self.go_backwards else (0, longest)
        kernel, recurrent_kernel, bias = (
            tf.convert_to_tensor(w)
            for w in (self.cell.kernel, self.cell.recurrent_kernel, self.cell.bias)
        )
        inputs = tf.TensorArray(x.dtype, size=n_timesteps).unstack(x)
        outputs = tf.TensorArray(x.dtype, size=n_timesteps, element_shape=(batch_size, self.units))

        def step(t, h, c, outputs):
            z = tf.matmul(inputs.read(t), kernel) + tf.matmul(h, recurrent_kernel) + bias
            i, f, g, o = tf.split(z, 4, axis=1)
            new_c = tf.sigmoid(f) * c + tf.sigmoid(i) * tf.tanh(g)
            new_h = tf.sigmoid(o) * tf.tanh(new_c)
            # A sequence that has ended, or backwards not begun, keeps its state.
            h, c = tf.where(real[t], new_h, h), tf.where(real[t], new_c, c)
            return t + 1, h, c, outputs.write(t, h)

        _, h, c, outputs = tf.while_loop(
            lambda t, *_: t < stop,
            step,
            (start, *initial_state, outputs),
            maximum_iterations=n_timesteps,  # sizes the stacks that the gradient reads
        )
        return h, tf.transpose(outputs.stack(), (1, 0, 2)), [h, c]
