import joblib
import numpy as np
import pytest
from matplotlib.image import imread

from sk_attnseq.__main__ import main
from tests.processes import run_process

CODE = """
import sys, warnings
warnings.simplefilter("error")
sys.argv = ["sk_attnseq", "--directory", {directory!r}]
from sk_attnseq.__main__ import main
main()
"""


def test_a_directory_that_cannot_be_made(tmp_path, monkeypatch, capsys):
    (tmp_path / "file").touch()
    monkeypatch.setattr("sys.argv", ["sk_attnseq", "--directory", str(tmp_path / "file")])
    with pytest.raises(SystemExit):
        main()
    assert "error: --directory: " in capsys.readouterr().err


def test_demonstration(tmp_path):
    directory = tmp_path / "made for it"
    # Compiled as for users: without optimisation, its nine fits take three times as long.
    printed = run_process(CODE.format(directory=str(directory)), XLA_FLAGS="").stdout
    accuracy = float(printed.split("held-out digits: ")[1].split()[0])
    assert accuracy >= 0.97
    assert all(f"attention={a}" in printed for a in ("pooling", "multihead", "None"))
    assert sorted(path.name for path in directory.iterdir()) == [
        "digits.joblib",
        "digits_attention.png",
    ]
    assert joblib.load(directory / "digits.joblib").predict(np.zeros((1, 64))).shape == (1,)
    picture = imread(directory / "digits_attention.png")
    assert picture.shape == (624, 1200, 4)
    assert picture[..., :3].std() > 0.1
