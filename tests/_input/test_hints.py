"""The table of what to do about input: sentences to follow others, and a row for each type."""

import ast
from pathlib import Path

import pandas as pd
import polars as pl
import pytest

import sk_attnseq
from sk_attnseq._input.hints import HINTS, OTHER_TYPES, hint, what_to_pass

PACKAGE = Path(sk_attnseq.__file__).parent


@pytest.mark.parametrize("about", HINTS)
def test_hints_are_sentences_that_something_says(about):
    assert HINTS[about][0].isupper()
    assert HINTS[about].endswith(".")
    sources = [path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py")]
    said = [
        constant.value
        for source in sources
        for call in ast.walk(ast.parse(source))
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "hint"
        for constant in ast.walk(call)
        if isinstance(constant, ast.Constant)
    ]
    assert any(about.endswith(str(text)) for text in said)


def test_values_stand_in_the_sentence():
    assert "X.reshape(1, -1)" in hint("a single series", shape="1, -1")
    assert hint("records").startswith(" Make dataframes")


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
    assert OTHER_TYPES[-1][0] == "all else"
