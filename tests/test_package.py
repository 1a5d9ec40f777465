import re
from importlib import metadata, resources
from pathlib import Path

import sk_attnseq

ROOT = Path(__file__).parents[1]
OLDEST = ROOT / ".ci" / "oldest.txt"


def test_version_is_in_one_place():
    assert metadata.version("sk_attnseq") == sk_attnseq.__version__


def test_version_and_licence_of_the_citation_are_those_of_the_package():
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    fields = dict(re.findall(r"^([\w-]+): (.+)$", citation, re.MULTILINE))
    assert fields["version"] == sk_attnseq.__version__
    assert fields["license"] == metadata.metadata("sk_attnseq")["License-Expression"]


def test_the_oldest_versions_are_those_that_are_required():
    oldest = dict(re.findall(r"^(\S+)==([\d.]+?)(?:\.\*)?$", OLDEST.read_text(), re.MULTILINE))
    required = [r for r in metadata.requires("sk_attnseq") if "extra ==" not in r]
    for name, version in (requirement.split(">=") for requirement in required):
        assert oldest[name] == version


def test_package_is_typed():
    assert resources.files("sk_attnseq").joinpath("py.typed").is_file()


def test_runtime_dependencies_are_four():
    required = [r for r in metadata.requires("sk_attnseq") if "extra ==" not in r]
    assert sorted(r.split(">=")[0] for r in required) == [
        "joblib",
        "numpy",
        "scikit-learn",
        "tensorflow",
    ]
    assert not any("<" in r or "==" in r.split(";")[0] for r in required)
