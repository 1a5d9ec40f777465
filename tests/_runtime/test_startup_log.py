"""What TensorFlow says while it starts is dropped, and no word of anybody else."""

import os
import signal
import subprocess
import sys

import pytest

from sk_attnseq._runtime import startup_log

CHATTER = (
    b"WARNING: All log messages before absl::InitializeLog() is called are written to STDERR\n"
    b"I0000 00:00:17.1 2 port.cc:1] chatter\n"
    b"To enable the following instructions: AVX2\n"
    b"2026-01-01 00:00:00.1: W tensorflow/core/file.cc:1] chatter\n"
    b"E0000 00:00:17.2 2 cuda_platform.cc:5] no GPU\n"
)
# The module alone: the package around it takes a second to import.
START = f"""
import importlib.util, os, signal, subprocess, sys
spec = importlib.util.spec_from_file_location("startup_log", {startup_log.__file__!r})
startup_log = importlib.util.module_from_spec(spec)
spec.loader.exec_module(startup_log)
silenced, CHATTER = startup_log.silenced, {CHATTER!r}
"""


def run(code, **options):
    command = [sys.executable, "-c", START + code]
    return subprocess.run(command, capture_output=True, timeout=60, check=False, **options)


def test_chatter_is_dropped_and_kept_for_who_asks():
    code = """
with silenced():
    os.write(2, CHATTER + b"something else\\n" + CHATTER + b"and in the middle of a line")
os.write(2, b", afterwards\\n" + CHATTER)
print(startup_log.dropped == 2 * CHATTER.decode().splitlines())
"""
    process = run(code)
    expected = b"something else\nand in the middle of a line, afterwards\n" + CHATTER
    assert (process.stdout, process.stderr) == (b"True\n", expected)


@pytest.mark.parametrize(
    "end",
    [
        "os._exit(1)",
        "os.abort()",
        "os.kill(os.getpid(), signal.SIGKILL)",
        "import faulthandler; faulthandler.enable(); faulthandler._sigsegv()",
        "os.killpg(0, signal.SIGTERM)",
        "raise SystemExit('an error')",
    ],
)
@pytest.mark.skipif(os.name != "posix", reason="needs signals")
def test_last_words_of_a_process_that_ends(end):
    code = f"""
with silenced():
    os.write(2, CHATTER + b"F0000 00:00:17.1 2 flags.cc:1] unknown flag\\n")
    {end}
"""
    process = run(code, start_new_session=True)
    assert process.returncode != 0
    lines = process.stderr.splitlines()
    assert lines[0].startswith(b"F0000")
    if "fault" in end:
        assert b"Fatal Python error: Segmentation fault" in process.stderr
    if "SystemExit" in end:
        assert lines[-1] == b"an error"


def test_words_come_at_once():
    """Not when the start is over, which it may never be."""
    code = """
with silenced():
    os.write(2, b"a word\\n")
    sys.stdin.read()
"""
    with subprocess.Popen(
        [sys.executable, "-c", START + code], stdin=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stderr.readline() == b"a word\n"
        process.stdin.close()
        assert process.wait(timeout=60) == 0


def test_words_of_a_process_that_was_started_meanwhile():
    code = """
command = "import os, sys; sys.stdin.read(); os.write(2, b'later')"
with silenced():
    other = subprocess.Popen([sys.executable, "-c", command], stdin=subprocess.PIPE)
os.write(2, b"first, ")
other.communicate()
"""
    assert run(code).stderr == b"first, later"


@pytest.mark.parametrize(
    "surroundings",
    [
        "sys.executable = ''",
        "sys.executable = None",
        "sys.executable = '/no/python'",
        "sys.executable = '/usr/sbin/embeds-python'",
        "sys.frozen = True",
        "os.getpid = lambda: 1",
        "startup_log._FILTER = ''",
    ],
)
def test_without_a_filter_all_is_said(surroundings):
    code = f"""
{surroundings}
with silenced():
    os.write(2, CHATTER)
"""
    assert run(code).stderr == CHATTER


def test_without_standard_error():
    code = """
os.close(2)
with silenced():
    pass
try:
    os.fstat(2)
except OSError:
    print("still closed")
"""
    assert run(code).stdout == b"still closed\n"


def test_many_words_and_much_chatter_do_not_wait_for_each_other():
    code = """
with silenced():
    for _ in range(2_000):
        os.write(2, CHATTER + b"a word\\n")
"""
    assert run(code).stderr == 2_000 * b"a word\n"


@pytest.mark.skipif(not hasattr(signal, "SIGCHLD"), reason="needs child processes")
def test_nothing_is_left():
    code = """
import threading
before = len(os.listdir("/dev/fd"))
for _ in range(3):
    with silenced():
        pass
for thread in threading.enumerate():
    if thread is not threading.main_thread():
        thread.join()
print(len(os.listdir("/dev/fd")) - before)
try:
    os.waitpid(-1, os.WNOHANG)
except ChildProcessError:
    print("no child")
"""
    process = run(code)
    assert (process.stdout, process.stderr) == (b"0\nno child\n", b"")
