"""The rule of the tree: imports run down it, and TensorFlow begins in two folders."""

import ast
import sys
from pathlib import Path

import pytest

import sk_attnseq

PACKAGE = Path(sk_attnseq.__file__).parent

# What each folder, and each file at the root, may import of the package: from the bottom up, and
# so none can import itself by a detour.
MAY_IMPORT = {
    "_version": set(),
    "_runtime": set(),
    "_input": {"_runtime"},
    "_data": {"_input", "_runtime"},
    "_network": {"_input", "_runtime"},
    "_keras": {"_network", "_runtime"},
    "_training": {"_keras", "_network", "_data", "_runtime"},
    "_estimator": {"_network", "_data", "_input", "_runtime", "_version"},
    "_classifier": {"_estimator", "_data", "_runtime"},
    "_regressor": {"_estimator", "_data", "_runtime"},
    "datasets": set(),
    "sequences": {"_estimator", "_input"},
    "preprocessing": {"_estimator", "_input", "_runtime"},
    "_attention_mechanism": {"_classifier", "_network", "_data", "_input"},
    "ensemble": {"_classifier", "_regressor", "_estimator", "_network", "_input", "_runtime"},
    "recordings": {
        "ensemble",
        "sequences",
        "_estimator",
        "_network",
        "_data",
        "_input",
        "_runtime",
    },
    "presets": {"_classifier", "_regressor", "ensemble", "preprocessing"},
    "inspection": {
        "_estimator",
        "ensemble",
        "recordings",
        "_network",
        "_data",
        "_input",
        "_runtime",
    },
    "export": {
        "_classifier",
        "_regressor",
        "ensemble",
        "preprocessing",
        "recordings",
        "_network",
        "_runtime",
        "_version",
    },
    "__init__": {"_classifier", "_regressor", "_attention_mechanism", "_version"},
    "_demo": {"__init__", "datasets", "inspection"},
    "__main__": {"_demo"},
}
WITH_TENSORFLOW = {"_keras", "_training"}
FILES = sorted(PACKAGE.rglob("*.py"))


def part_of(path):
    """The folder of a file, or the file itself at the root."""
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


def imported(path):
    """Names of all that a file imports when it runs, within functions, too."""
    for node in ast.walk(_without_type_checking(ast.parse(path.read_text(encoding="utf-8")))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports of the package name it"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _without_type_checking(tree):
    tree.body = [n for n in tree.body if ast.unparse(getattr(n, "test", n)) != "TYPE_CHECKING"]
    return tree


def imported_parts(path):
    """The folders and files at the root that a file imports, its own left out."""
    for name in imported(path):
        package, *rest = name.split(".")
        if package == "sk_attnseq":
            part = rest[0] if rest and rest[0] in MAY_IMPORT else "__init__"
            if part != part_of(path):
                yield part


def test_the_rule_is_for_all_files_and_has_no_circle():
    assert {part_of(path) for path in FILES} == MAY_IMPORT.keys()
    below = set()
    for part, may_import in MAY_IMPORT.items():
        assert may_import <= below
        below.add(part)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_run_down_the_tree(path):
    assert set(imported_parts(path)) <= MAY_IMPORT[part_of(path)]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_tensorflow_begins_in_two_folders(path):
    roots = {name.split(".")[0] for name in imported(path)}
    assert part_of(path) in WITH_TENSORFLOW or roots.isdisjoint({"tensorflow", "keras"})


def test_nothing_that_predict_reaches_imports_tensorflow():
    reached, ahead = set(), {"_classifier"}
    while ahead:
        reached.add(part := ahead.pop())
        files = [path for path in FILES if part_of(path) == part]
        ahead |= {other for path in files for other in imported_parts(path)} - reached
    assert {"_classifier", "_network", "_data", "_input"} <= reached
    assert reached.isdisjoint(WITH_TENSORFLOW)


# Dependencies; Keras, which comes with TensorFlow; and what extras and optional functions need.
DECLARED = {"numpy", "sklearn", "joblib", "tensorflow", "keras"}
OPTIONAL = {"matplotlib", "onnx", "skl2onnx", "rich", "pandas", "polars"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_other_packages_are_declared(path):
    roots = {name.split(".")[0] for name in imported(path)}
    assert roots <= sys.stdlib_module_names | {"sk_attnseq"} | DECLARED | OPTIONAL
