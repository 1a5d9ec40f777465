import sys

import joblib
import numpy as np
from matplotlib.image import imread

from sk_attnseq import __main__ as demonstration


def test_demonstration(tmp_path, monkeypatch, capsys):
    tmp_path /= "made for it"
    monkeypatch.setattr(sys, "argv", ["sk_attnseq", "--directory", str(tmp_path)])
    demonstration.main()
    printed = capsys.readouterr().out
    accuracy = float(printed.split("held-out digits: ")[1].split()[0])
    assert accuracy >= 0.97
    assert all(f"attention={a}" in printed for a in ("pooling", "multihead", "None"))
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "digits.joblib",
        "digits_attention.png",
    ]
    assert joblib.load(tmp_path / "digits.joblib").predict(np.zeros((1, 64))).shape == (1,)
    picture = imread(tmp_path / "digits_attention.png")
    assert picture.shape == (624, 1200, 4)
    assert picture[..., :3].std() > 0.1
