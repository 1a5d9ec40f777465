"""What a picture shows."""

import numpy as np


def heat_map(image):
    """The values that matplotlib's image shows, NaN where it is blank."""
    return np.ma.filled(image.get_array().astype(float), np.nan)
