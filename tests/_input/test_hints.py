"""What to pass in place of what NumPy makes no array of."""

import pandas as pd
import polars as pl
import pytest

from sk_attnseq._input.hints import what_to_pass


@pytest.mark.parametrize(
    ("X", "instead"),
    [
        ({}, "list(X.values())"),
        ({}.values(), "`list(X)`"),
        (pd.DataFrame({"a": [1]}).groupby("a"), "from_long"),
        (pl.LazyFrame({"a": [1]}), "X.collect()"),
        (3, "an array of shape"),
    ],
)
def test_what_to_pass(X, instead):
    assert instead in what_to_pass(X)
