"""Fresh processes, and how programs are compiled in them and in the tests' own."""

import os
import subprocess
import sys
from importlib import metadata

# Tests compile hundreds of programs and run each for a moment: a quarter of the processor time
# does it with little optimisation and, where they can be had, XLA's older kernels. What is set
# already stays: `XLA_FLAGS= pytest tests` compiles as it is done for users.
_FLAGS = "--xla_backend_optimization_level=0"
if metadata.version("tensorflow").startswith("2.21."):  # others may not know the flag
    _FLAGS += " --xla_cpu_use_fusion_emitters=false"
os.environ.setdefault("XLA_FLAGS", _FLAGS)

# As it was before tests, and what they import, changed it.
ENVIRONMENT = dict(os.environ)


def run_process(code, **environment):
    """Run code in a fresh process, whose failing or hanging is an error, and return the process."""
    process = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        env={**ENVIRONMENT, **environment},
    )
    assert process.returncode == 0, process.stdout + process.stderr
    return process


def run_python(code):
    """Run code in a fresh process, and return what it prints."""
    return run_process(code).stdout
