"""Figures without windows."""

import pytest


@pytest.fixture
def figures():
    """Use matplotlib without windows, and close the figures after the test."""
    plt = pytest.importorskip("matplotlib.pyplot")
    plt.switch_backend("Agg")
    yield plt
    plt.close("all")
