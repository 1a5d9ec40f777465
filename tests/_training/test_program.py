import numpy as np
import pytest

from sk_attnseq._training.program import get_program
from sk_attnseq._training.shapes import Shape
from tests.networks import make_architecture


def test_dropout_factors_keep_the_mean():
    program = get_program(make_architecture(units=(6, 4)), (Shape(32, 10),), 1, True)
    factors = program.draw_factors(0.25, np.random.default_rng(0))
    assert [f.shape for f in factors] == [(program.steps, 32, 6), (program.steps, 32, 4)]
    assert set(np.unique(factors[0])) == {np.float32(0), np.float32(1 / 0.75)}
    assert factors[0].mean() == pytest.approx(1, abs=0.05)


def test_programs_are_shared_by_all_that_leaves_the_network_alone():
    architecture = make_architecture(n_features=2)
    shapes = (Shape(32, 6),)
    program = get_program(architecture, shapes, 1, False)
    assert get_program(make_architecture(n_features=2), shapes, 1, False) is program
    assert get_program(architecture, shapes, 1, True) is not program
    assert get_program(architecture, shapes, 2, False) is not program
