"""What tests of the engine count."""

import pytest

from sk_attnseq._training.program import Program


@pytest.fixture
def parts_of_calls(monkeypatch):
    """The number of parts in each call of a program."""
    counted, run = [], Program.__call__

    def count(self, state, gradient, call, *arguments):
        counted.append(call.n_parts)
        return run(self, state, gradient, call, *arguments)

    monkeypatch.setattr(Program, "__call__", count)
    return counted


@pytest.fixture
def patient(monkeypatch):
    """Epochs are trained together however long they take."""
    monkeypatch.setattr("sk_attnseq._training.train_epochs._SECONDS_TOGETHER", 1e9)
