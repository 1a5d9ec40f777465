"""Fresh processes."""

import os
import subprocess
import sys

# As it was before tests, and what they import, changed it.
ENVIRONMENT = dict(os.environ)


def run_python(code):
    """Run code in a fresh process, whose hanging is an error, and return what it prints."""
    process = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert process.returncode == 0, process.stdout + process.stderr
    return process.stdout
