"""Searches in parallel and on clusters: the code of the page, and what it promises."""

import os
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest

from sk_attnseq import AttentionSequenceClassifier

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "user_guide" / "clusters.md"

# Goes in between what the page starts with and a section of it. A score reports from where it
# is computed: the process, and whether TensorFlow had to be imported in it since the last one.
# With a mark, the process that is in the middle of the search kills itself, once.
SCORING = """
import os, signal

def score(estimator, X, y):
    here = {here!r}
    with open(os.path.join(here, "scores"), "a") as file:
        file.write(f"{{os.getpid()}} {{type(X).__name__}}\\n")
    if {kills} and estimator.learning_rate == 0.01:
        try:
            os.close(os.open(os.path.join(here, "killed"), os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            pass
        else:
            os.kill(os.getpid(), signal.SIGKILL)
    {report}
    return estimator.score(X, y)

search.set_params(scoring=score)
"""

# Goes after sections: what the search found must be what it finds alone, to the last bit.
COMPARISON = """
if __name__ == "__main__":
    import numpy as np

    alone = GridSearchCV(classifier, search.param_grid, cv=3, n_jobs=1).fit(X, y)
    for name in ("mean_test_score", "split0_test_score", "split1_test_score", "split2_test_score"):
        np.testing.assert_array_equal(search.cv_results_[name], alone.cv_results_[name])
    np.testing.assert_array_equal(search.predict_proba(X), alone.predict_proba(X))
    print("compared")
"""

# Goes in between what fits a pipeline and a section that predicts with it on a cluster. It reports
# from where a chunk is predicted. The first process that predicts one kills itself.
PREDICTING = """
import os, signal, sys

predict_chunk = predict


def predict(sequences):
    with open({chunks!r}, "a") as file:
        file.write(f"{{os.getpid()}} {{len(sequences)}} {{'tensorflow' in sys.modules}}\\n")
    try:
        os.close(os.open({killed_while_predicting!r}, os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return predict_chunk(sequences)
    os.kill(os.getpid(), signal.SIGKILL)
"""

# Goes after it: the probabilities are those of the pipeline alone. Workers may have fewer threads,
# which multiply matrices in another order.
PREDICTED = """
if __name__ == "__main__":
    chunks = np.array_split(X, 4)
    alone = np.concatenate([pipeline.predict_proba(chunk) for chunk in chunks])
    np.testing.assert_allclose(probabilities, alone, rtol=0, atol=1e-12)
    print("predicted")
"""

DASK_ARRAY, RAY_DATA = "Chunks of a dask array", "Batches of a ray data set"


def page_code():
    """The page's code: {heading: code}, where the first one is what all others go on from."""
    parts = re.split(r"^#+ (.*)\n", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    blocks = {
        heading: "\n".join(re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL))
        for heading, text in zip(parts[1::2], parts[2::2], strict=True)
    }
    return {heading: code for heading, code in blocks.items() if code}


START, *SECTIONS = page_code()


def run_cluster(heading, prediction_heading, *, directory, between, after="", flags=()):
    """Run what the page says of one kind of cluster, a search and predictions, as one script."""
    code = page_code()
    files = {name: str(directory / name) for name in ("chunks", "killed_while_predicting")}
    process = run_script(
        code[START],
        between,
        code[heading],
        COMPARISON,
        after,
        code["Predictions on a cluster"],
        PREDICTING.format(**files),
        code[prediction_heading],
        PREDICTED,
        directory=directory,
        flags=flags,
    )
    assert "compared\n" in process.stdout
    assert process.stdout.endswith("predicted\n")
    assert all((directory / name).exists() for name in ("killed", "killed_while_predicting"))
    pids, lengths, has_tensorflow = zip(
        *(line.split() for line in (directory / "chunks").read_text().splitlines()), strict=True
    )
    assert len(set(pids)) >= 2  # the one that was killed, and others
    assert sum(map(int, lengths)) >= 120 + 30  # its chunk comes again
    assert set(has_tensorflow) == {"False"}


def run_script(*parts, directory, flags=()):
    script = directory / "script.py"
    script.write_text("\n".join(parts), encoding="utf-8")
    process = subprocess.run(
        [sys.executable, "-W", "error", *flags, script],
        cwd=directory,
        env={**os.environ, "PYTHONPATH": str(ROOT), "RAY_USAGE_STATS_ENABLED": "0"},
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )
    assert process.returncode == 0, process.stdout + process.stderr
    return process


def scoring(directory, *, kills=False, report=""):
    report = textwrap.indent(textwrap.dedent(report), "    ").strip()
    return SCORING.format(here=str(directory), kills=kills, report=report)


def scoring_processes(directory):
    return [line.split() for line in (directory / "scores").read_text().splitlines()]


def test_every_section_is_tested():
    tested = {"Threads", "Processes", "Dask", "Ray", "Data larger than memory"}
    predictions = {"Predictions on a cluster", DASK_ARRAY, RAY_DATA}
    assert set(SECTIONS) == tested | predictions


def test_on_one_machine(tmp_path):
    code = page_code()
    sections = code["Processes"], COMPARISON, code["Threads"], COMPARISON
    process = run_script(code[START], scoring(tmp_path), *sections, directory=tmp_path)
    assert (process.stdout, process.stderr) == (2 * "compared\n", "")
    pids = [pid for pid, _ in scoring_processes(tmp_path)]
    assert len(pids) == 9 + 9
    assert len(set(pids[:9])) == 2
    assert len(set(pids[9:])) == 1


def test_dask_with_workers_that_are_killed(tmp_path):
    pytest.importorskip("distributed")
    report = """
    from distributed import get_worker

    data = get_worker().data
    keys = [key for key in data if getattr(data[key], "shape", None) == (120, 10, 5)]
    with open(os.path.join(here, "keys"), "a") as file:
        file.write(f"{len(keys)} {keys[0]}\\n")
    """
    between = scoring(tmp_path, kills=True, report=report)
    run_cluster("Dask", DASK_ARRAY, directory=tmp_path, between=between)
    assert len({pid for pid, _ in scoring_processes(tmp_path)}) >= 2
    # The data are on the workers once, under one name: they were scattered once.
    keys = set((tmp_path / "keys").read_text().splitlines())
    assert len(keys) == 1
    assert keys.pop().startswith("1 ndarray-")


def test_ray_with_workers_that_are_killed(tmp_path):
    pytest.importorskip("ray.data")
    # A reference is what is pickled, for each fit. (ray pickles as cloudpickle does.)
    between = """
import ray

shutdown, ray.shutdown = ray.shutdown, lambda: None  # not before `after`
"""
    after = """
from ray import cloudpickle

assert len(cloudpickle.dumps(store(np.zeros(10**6)))) < 10_000
ray.shutdown = shutdown
ray.shutdown()

import warnings

warnings.simplefilter("ignore", DeprecationWarning)  # ray.data uses what ray deprecates
"""
    run_cluster(
        "Ray",
        RAY_DATA,
        directory=tmp_path,
        between=scoring(tmp_path, kills=True) + between,
        after=after,
        # ray announces that it will treat processors without number in another way.
        flags=("-W", "ignore::FutureWarning"),
    )
    processes = scoring_processes(tmp_path)
    assert len({pid for pid, _ in processes}) >= 3  # two workers, and who came for the killed one
    assert {kind for _, kind in processes} == {"ndarray"}


def test_dask_array_chunk_by_chunk(tmp_path, monkeypatch):
    pytest.importorskip("dask.array")
    monkeypatch.chdir(tmp_path)
    code, page = page_code(), {}
    exec(code[START] + code["Data larger than memory"], page)
    X, y, streamed = page["X"], page["y"], page["streamed"]
    expected = AttentionSequenceClassifier(random_state=0)
    for _ in range(3):
        for start in range(0, 120, 30):
            rows = slice(start, start + 30)
            expected.partial_fit(X[rows], y[rows], classes=[0, 1, 2])
    assert streamed.n_iter_ == 12
    np.testing.assert_array_equal(streamed.predict_proba(X), expected.predict_proba(X))


def test_chunks_are_read_one_after_the_other():
    """What the page does reads a chunk when it is its turn, and not before."""
    da = pytest.importorskip("dask.array")
    dask = pytest.importorskip("dask")
    read = []

    @dask.delayed(pure=True)
    def chunk(number):
        read.append(number)
        return np.full((5, 4, 2), number)

    lazy = da.concatenate(
        [da.from_delayed(chunk(number), (5, 4, 2), dtype=float) for number in range(3)]
    )
    for number, block in enumerate(lazy.blocks.ravel()):
        assert read == list(range(number))
        (values,) = dask.compute(block)
        np.testing.assert_array_equal(values, np.full((5, 4, 2), number))
