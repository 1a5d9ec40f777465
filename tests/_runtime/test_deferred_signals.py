"""Signals wait until a block is over, and then come once."""

import asyncio
import os
import signal

import pytest

from sk_attnseq._runtime.deferred_signals import signals_deferred


def test_a_handler_is_called_once_after_the_block(reach_time_limit):
    reached = []

    def work():
        with signals_deferred():
            reach_time_limit()
            reached.append("the end")

    with pytest.raises(TimeoutError):
        work()
    assert reached == ["the end"]


@pytest.mark.skipif(not hasattr(signal, "SIGUSR1"), reason="needs SIGUSR1")
def test_each_of_several_handlers_is_called():
    calls = []
    before = {
        s: signal.signal(s, lambda s, _: calls.append(s)) for s in (signal.SIGUSR1, signal.SIGUSR2)
    }
    try:
        with signals_deferred():
            for signum in before:
                signal.raise_signal(signum)
            assert calls == []
        assert sorted(calls) == sorted(before)
    finally:
        for signum, handler in before.items():
            signal.signal(signum, handler)


@pytest.mark.skipif(os.name == "nt", reason="asyncio has no handlers of signals on Windows")
def test_asyncio_gets_a_signal_once():
    """It reads the numbers of signals from a file, and has read this one already."""

    async def serve():
        calls, loop = [], asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, calls.append, 1)
        with signals_deferred():
            signal.raise_signal(signal.SIGTERM)
        for _ in range(3):
            await asyncio.sleep(0.01)
        loop.remove_signal_handler(signal.SIGTERM)
        return calls

    assert asyncio.run(serve()) == [1]
