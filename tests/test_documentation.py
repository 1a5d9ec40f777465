"""Docstrings run, and say what the signatures say."""

import doctest
import importlib
import inspect
import pkgutil
import re

import pytest

import sk_attnseq

MODULES = [
    "sk_attnseq",
    *(f"sk_attnseq.{m.name}" for m in pkgutil.iter_modules(sk_attnseq.__path__)),
]


def public_objects():
    for module_name in MODULES:
        module = importlib.import_module(module_name)
        for name in getattr(module, "__all__", ()):
            obj = getattr(module, name)
            yield pytest.param(obj, id=f"{module_name}.{name}")
            if inspect.isclass(obj):
                for method_name, method in inspect.getmembers(obj, inspect.isfunction):
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
    if inspect.isfunction(obj):
        assert "\nReturns\n-------\n" in inspect.getdoc(obj)
