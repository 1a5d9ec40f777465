"""Docstrings run and say what the signatures say; the API reference lists all that is public."""

import doctest
import importlib
import inspect
import pkgutil
import re
from pathlib import Path

import pytest

import sk_attnseq

MODULES = [
    "sk_attnseq",
    *(m.name for m in pkgutil.walk_packages(sk_attnseq.__path__, "sk_attnseq.")),
]


PUBLIC_MODULES = [name for name in MODULES if "._" not in name]


def exported(module_name):
    return getattr(importlib.import_module(module_name), "__all__", ())


def public_objects():
    for module_name in PUBLIC_MODULES:
        module = importlib.import_module(module_name)
        for name in exported(module_name):
            obj = getattr(module, name)
            yield pytest.param(obj, id=f"{module_name}.{name}")
            if inspect.isclass(obj):
                for method_name, method in inspect.getmembers(obj, inspect.isroutine):
                    if not method_name.startswith("_") and method.__module__.startswith(
                        "sk_attnseq"
                    ):
                        yield pytest.param(method, id=f"{module_name}.{name}.{method_name}")


@pytest.mark.parametrize("name", MODULES)
def test_examples_run(name):
    results = doctest.testmod(importlib.import_module(name), optionflags=doctest.ELLIPSIS)
    assert results.failed == 0


@pytest.mark.parametrize("obj", list(public_objects()))
def test_parameters_are_documented_with_their_defaults(obj):
    documentation = inspect.getdoc(obj)
    assert documentation, "no docstring"
    signature = inspect.signature(obj)
    section = re.split(r"\n(?=[A-Z][\w ]+\n-{3,}\n)", documentation)
    sections = {part.split("\n", 1)[0]: part for part in section}
    entries = re.findall(r"^\*{0,2}(\w+) : (.*)$", sections.get("Parameters", ""), re.MULTILINE)
    documented = dict(entries)
    expected = [p for p in signature.parameters if p != "self"]
    assert [name for name, _ in entries] == expected
    for name in expected:
        default = signature.parameters[name].default
        said = re.search(r"default=(.*)$", documented[name])
        if default is inspect.Parameter.empty:
            assert said is None, name
        else:
            assert said is not None, name
            shown = f'"{default}"' if isinstance(default, str) else repr(default)
            assert float(said[1]) == default if isinstance(default, float) else said[1] == shown


@pytest.mark.parametrize("obj", list(public_objects()))
def test_results_are_documented(obj):
    if not inspect.isclass(obj):
        assert "\nReturns\n-------\n" in inspect.getdoc(obj)


def test_api_reference_lists_everything_public():
    page = (Path(__file__).parents[2] / "docs" / "api.rst").read_text(encoding="utf-8")
    listed, module = set(), None
    for line in page.splitlines():
        if line.startswith(".. currentmodule:: "):
            module = line.split()[-1]
        elif re.fullmatch(r"   \w+", line):
            listed.add(f"{module}.{line.strip()}")
    public = {f"{m}.{n}" for m in PUBLIC_MODULES for n in exported(m)}
    assert listed == public
