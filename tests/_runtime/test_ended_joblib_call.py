"""Threads of joblib's notice that the call which waits for them has ended."""

import threading

import pytest
from joblib import Parallel, delayed

from sk_attnseq._runtime.ended_joblib_call import JoblibCall


def wait_until_abandoned(started, ended, go):
    """What a fit does: it looks from time to time whether its caller still waits."""
    call = JoblibCall()
    started.set()
    try:
        while not go.wait(timeout=0.01):
            call.check_waits()
    except KeyboardInterrupt:
        ended.set()
        raise


def fail_after(started):
    assert started.wait(timeout=60)
    raise ZeroDivisionError


@pytest.mark.parametrize("n_jobs", [2, 3])
def test_a_thread_ends_after_another_one_has_failed(n_jobs):
    started, ended, go = threading.Event(), threading.Event(), threading.Event()
    calls = [delayed(wait_until_abandoned)(started, ended, go), delayed(fail_after)(started)]
    with pytest.raises(ZeroDivisionError):
        Parallel(n_jobs=n_jobs, backend="threading")(calls)
    assert ended.wait(timeout=60)


def look_twice():
    call = JoblibCall()
    call.check_waits()
    call.check_waits()
    return True


@pytest.mark.parametrize(
    "options",
    [
        {"n_jobs": 1},
        {"n_jobs": 2, "backend": "threading"},
        {"n_jobs": 2, "backend": "threading", "return_as": "generator"},
    ],
)
def test_nothing_ends_while_somebody_waits(options):
    assert all(Parallel(**options)(delayed(look_twice)() for _ in range(6)))


def test_a_generator_may_be_read_later():
    """Its call has returned while its threads work."""
    go, results = threading.Event(), []
    work = delayed(lambda: (JoblibCall(), go.wait(timeout=60))[0].check_waits())
    generator = Parallel(n_jobs=2, backend="threading", return_as="generator")(
        work() for _ in range(2)
    )
    go.set()
    results.extend(generator)
    assert results == [None, None]


def test_threads_of_a_user_are_left_alone():
    results = []
    thread = threading.Thread(target=lambda: results.append(look_twice()))
    thread.start()
    thread.join()
    assert results == [True]


def test_threads_within_threads():
    """A search in threads of ensembles in threads."""

    def inner():
        return Parallel(n_jobs=2, backend="threading")(delayed(look_twice)() for _ in range(3))

    outer = Parallel(n_jobs=2, backend="threading")(delayed(inner)() for _ in range(3))
    assert outer == [[True] * 3] * 3
