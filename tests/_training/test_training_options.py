import numpy as np
import pytest

from sk_attnseq._training.training_options import TrainingOptions

ONE_CYCLE = TrainingOptions(0.5, learning_rate_schedule="one_cycle")


def test_constant():
    rates = TrainingOptions(0.5).learning_rates(np.arange(3), 10)
    np.testing.assert_array_equal(rates, [0.5, 0.5, 0.5])


@pytest.mark.parametrize("n_steps", [10, 1_000])
def test_one_cycle_rises_for_30_percent_of_the_steps_and_falls_for_the_rest(n_steps):
    rates = ONE_CYCLE.learning_rates(np.arange(n_steps), n_steps)
    top = int(0.3 * n_steps)
    assert rates.argmax() in (top - 1, top)
    assert (np.diff(rates[:top]) > 0).all()
    assert (np.diff(rates[top:]) < 0).all()


def test_one_cycle_begins_at_a_25th_and_ends_at_almost_0():
    rates = ONE_CYCLE.learning_rates(np.arange(100_000), 100_000)
    assert rates[0] == pytest.approx(0.5 * 0.04, rel=1e-6)
    assert rates.max() == pytest.approx(0.5, rel=1e-6)
    assert rates[-1] == pytest.approx(0.5 * 1e-4, rel=1e-3)
    # Half way up and half way down, it is half way between.
    assert rates[15_000] == pytest.approx(0.5 * (1 + 0.04) / 2, rel=1e-4)
    assert rates[65_000] == pytest.approx(0.5 * (1 + 1e-4) / 2, rel=1e-4)


def test_one_cycle_of_few_steps_by_hand():
    """Steps have the rates of their middles: 1/4 and 3/4 of all, for two steps."""
    rates = ONE_CYCLE.learning_rates(np.arange(2), 2)
    rise = (1 - np.cos(np.pi * 0.25 / 0.3)) / 2
    fall = (1 - np.cos(np.pi * 0.45 / 0.7)) / 2
    np.testing.assert_allclose(rates, [0.5 * (0.04 + 0.96 * rise), 0.5 * (1 - 0.9999 * fall)])
    assert 0.02 < ONE_CYCLE.learning_rates(np.arange(1), 1)[0] < 0.5


def test_one_cycle_does_not_depend_on_how_steps_are_cut():
    steps = np.arange(50)
    together = ONE_CYCLE.learning_rates(steps, 50)
    parts = [ONE_CYCLE.learning_rates(part, 50) for part in np.array_split(steps, 7)]
    np.testing.assert_array_equal(np.concatenate(parts), together)


def test_the_last_fifth_of_the_epochs_is_not_mixed():
    options = TrainingOptions(0.5, mixup=0.3, cutmix=0.5)
    mixed, not_mixed = {"mixup": 0.3, "cutmix": 0.5}, {"mixup": 0.0, "cutmix": 0.0}
    assert [options.mixing(epoch, 10) for epoch in range(10)] == [mixed] * 8 + [not_mixed] * 2
    for n_epochs in range(2, 6):
        assert [options.mixing(epoch, n_epochs) for epoch in range(n_epochs)] == [
            *[mixed] * (n_epochs - 1),
            not_mixed,
        ]
    assert options.mixing(0, 1) == mixed  # as in `partial_fit`


@pytest.mark.parametrize(
    ("options", "mixes"), [({}, False), ({"mixup": 0.1}, True), ({"cutmix": 0.1}, True)]
)
def test_whether_it_mixes(options, mixes):
    assert TrainingOptions(0.5, **options).mixes == mixes
