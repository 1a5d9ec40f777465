from importlib import metadata, resources

import sk_attnseq


def test_version_is_in_one_place():
    assert metadata.version("sk_attnseq") == sk_attnseq.__version__


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
