import pytest

from sk_attnseq._runtime.estimator_copies import on_a_draft, snapshot


class Estimator:
    def __init__(self):
        self.kept, self.removed = 1, 2

    @on_a_draft
    def fit(self, look, *, error=None):
        self.kept, self.new = 10, 30
        look()
        if error:
            raise error
        del self.removed
        return self

    @on_a_draft
    def fit_transform(self):
        self.new = 30
        return "result"


def test_attributes_change_at_once_when_the_method_returns():
    estimator, seen = Estimator(), []
    assert estimator.fit(lambda: seen.append(dict(vars(estimator)))) is estimator
    assert seen == [{"kept": 1, "removed": 2}]
    assert vars(estimator) == {"kept": 10, "new": 30}


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_an_error_changes_nothing(error):
    estimator = Estimator()
    with pytest.raises(error):
        estimator.fit(lambda: None, error=error)
    assert vars(estimator) == {"kept": 1, "removed": 2}


def test_other_results_are_returned():
    estimator = Estimator()
    assert estimator.fit_transform() == "result"
    assert estimator.new == 30


def test_a_snapshot_keeps_what_it_has():
    estimator = Estimator()
    copied = snapshot(estimator)
    estimator.kept = 5
    assert type(copied) is Estimator
    assert vars(copied) == {"kept": 1, "removed": 2}
