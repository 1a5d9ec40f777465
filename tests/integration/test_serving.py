"""The guide's web service answers over HTTP, without TensorFlow."""

import json
import sys

import numpy as np
import pytest

pytest.importorskip("fastapi")
pytest.importorskip("uvicorn")
if sys.platform != "linux":
    pytest.skip("reads /proc", allow_module_level=True)

from benchmarks import serving


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """The port of the running service, its process and directory, sequences, probabilities."""
    directory = tmp_path_factory.mktemp("served")
    sequences, expected = serving.prepare(directory)
    with serving.running(serving.service(), directory) as (process, port):
        yield port, process, directory, sequences, expected


def test_many_clients_get_what_the_pipeline_predicts(served):
    port, process, _, sequences, expected = served
    _, took, answers = serving.load(port, sequences, n_clients=8, most_requests=200)
    assert len(took) == 200
    assert answers.keys() == set(range(100))
    for number, answer in answers.items():
        np.testing.assert_allclose(answer["probabilities"], expected[[number]], atol=1e-6)
        assert answer["labels"] == [int(expected[number].argmax())]
    assert not serving.has_tensorflow(process.pid)


def test_several_sequences_of_different_lengths(served):
    port, _, _, sequences, expected = served
    shorter = [sequences[0].tolist(), sequences[1, :5].tolist()]
    status, answer = serving.ask_once(port, json.dumps({"sequences": shorter}))
    assert status == 200
    np.testing.assert_allclose(answer["probabilities"][0], expected[0], atol=1e-6)
    assert len(answer["labels"]) == 2


@pytest.mark.parametrize(
    ("sequences", "reason"),
    [
        ([], "0 sample(s)"),
        ([[[1.0, 2.0]]], "2 features"),
        ([[[1.0] * 8, [1.0]]], "inhomogeneous"),
        ([[["x"] * 8]], "valid number"),
    ],
)
def test_what_it_refuses_comes_with_the_reason(sequences, reason, served):
    status, answer = serving.ask_once(served[0], json.dumps({"sequences": sequences}))
    assert status == 422
    assert reason in json.dumps(answer)


def test_the_service_around_keras_answers_the_same(served):
    """So the benchmark compares like with like."""
    _, _, directory, sequences, expected = served
    with serving.running(serving.keras_service(), directory) as (process, port):
        _, _, answers = serving.load(port, sequences, n_clients=2, most_requests=4)
        serving.check(answers, expected)
        assert serving.has_tensorflow(process.pid)
