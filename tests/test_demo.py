import sys
from pathlib import Path

import joblib
import numpy as np
import pytest
from matplotlib.image import imread

from sk_attnseq._demo import main
from tests.processes import run_process

# With every second digit, it takes half of the time.
CODE = """
import runpy, sys, warnings
from sk_attnseq import datasets

load = datasets.load_digit_sequences
datasets.load_digit_sequences = lambda **options: [part[::2] for part in load(**options)]
warnings.simplefilter("error")
sys.argv = ["sk_attnseq", "--directory", {directory!r}]
runpy.run_module("sk_attnseq", run_name="__main__")
"""


@pytest.fixture
def run(monkeypatch, capsys):
    """Run the demonstration, which must not come to work; return what it prints as an error."""
    monkeypatch.setattr("sk_attnseq._demo.load_digit_sequences", None)

    def run(directory):
        monkeypatch.setattr("sys.argv", ["sk_attnseq", "--directory", str(directory)])
        with pytest.raises(SystemExit):
            main()
        return capsys.readouterr().err

    return run


def test_a_directory_that_cannot_be_made(run, tmp_path):
    (tmp_path / "file").touch()
    assert "pass --directory with a directory that can be written to" in run(tmp_path / "file")


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="needs a directory closed even to root")
def test_a_directory_that_cannot_be_written_to(run):
    assert "error: cannot write to '/proc'" in run("/proc")


def test_without_matplotlib(run, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    assert "error: the picture needs matplotlib: pip install matplotlib" in run(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_demonstration(tmp_path):
    directory = tmp_path / "made for it"
    # Compiled as for users: without optimisation, its nine fits take three times as long.
    printed = run_process(CODE.format(directory=str(directory)), XLA_FLAGS="").stdout
    accuracy = float(printed.split("held-out digits: ")[1].split()[0])
    assert accuracy >= 0.9
    assert all(f"attention={a}" in printed for a in ("pooling", "multihead", "None"))
    assert sorted(path.name for path in directory.iterdir()) == [
        "digits.joblib",
        "digits_attention.png",
    ]
    assert joblib.load(directory / "digits.joblib").predict(np.zeros((1, 64))).shape == (1,)
    picture = imread(directory / "digits_attention.png")
    assert picture.shape == (624, 1200, 4)
    assert picture[..., :3].std() > 0.1
