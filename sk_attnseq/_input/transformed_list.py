"""The list of samples that transformers return, which NumPy does not join along time."""

import numpy as np


class SampleList(list):
    """A list of samples (n_timesteps_i, n_features) that is not joined along time unnoticed.

    Where all are of one length, NumPy reads a list of samples as one array, and a
    `FeatureUnion`, which joins along the second axis, would append the timesteps of one
    transformer to those of the other. All else is as with any list.
    """

    def __array_function__(self, function, types, args, kwargs):
        """Do what NumPy's function does with a list; raise where it would join timesteps."""
        axis = kwargs.get("axis", args[1] if len(args) > 1 else 0)
        if function is np.hstack or (function is np.concatenate and axis != 0):
            raise ValueError(
                "Joined along the second axis, sequences would have more timesteps, not more "
                "features. For features side by side put the union inside: "
                "TimestepTransformer(FeatureUnion([...]))."
            )
        return function(
            *map(_as_lists, args), **{name: _as_lists(value) for name, value in kwargs.items()}
        )


def _as_lists(value):
    if isinstance(value, SampleList):
        return list(value)
    if type(value) in (list, tuple):
        return [_as_lists(item) for item in value]
    return value
