import numpy as np
import pytest

from tests.processes import run_python

LOADING = """
import sys
import mlflow
import numpy as np

mlflow.set_tracking_uri("sqlite:///mlflow.db")
X = np.load("X.npy")
model = mlflow.sklearn.load_model({uri!r})
same_function = mlflow.pyfunc.load_model({uri!r})
assert np.array_equal(model.predict(X), same_function.predict(X))
np.save("probabilities.npy", model.predict_proba(X))
print("tensorflow" in sys.modules)
"""


@pytest.fixture(autouse=True)
def no_telemetry(monkeypatch):
    """MLflow reports its use over the net, in this process and in those that it starts."""
    monkeypatch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")


def test_a_search_and_its_model_are_recorded(run_section, tmp_path):
    mlflow = pytest.importorskip("mlflow")
    pytest.importorskip("sqlalchemy", reason="MLflow's local store needs it")
    page = run_section("MLflow")

    # The run of the search, and one for each candidate.
    runs = mlflow.search_runs(output_format="list")
    parent = mlflow.get_run(page["run"].info.run_id)
    children = [r for r in runs if r.data.tags.get("mlflow.parentRunId") == parent.info.run_id]
    rate = "attentionsequenceclassifier__learning_rate"
    assert sorted(run.data.params[rate] for run in children) == ["0.001", "0.03"]
    assert parent.data.params[f"best_{rate}"] == "0.03"
    assert parent.data.metrics["best_cv_score"] == page["search"].best_score_

    np.save("X.npy", page["X_test"])
    assert run_python(LOADING.format(uri=page["logged"].model_uri)).splitlines()[-1] == "False"
    np.testing.assert_array_equal(
        np.load("probabilities.npy"), page["search"].predict_proba(page["X_test"])
    )
    assert {path.name for path in tmp_path.iterdir()} <= {
        "mlflow.db",
        "mlruns",
        "X.npy",
        "probabilities.npy",
    }
