"""The web service of the guide under load, beside the same around Keras's `predict`.

    pip install -e . fastapi uvicorn
    python -m benchmarks.serving

Starts each service on a free port of this machine's loopback address, in one process, and sends
it requests over HTTP, each with one sequence of the digits, from 1, 8 and 32 clients that keep
their connections. A round ends after 2,000 requests or 10 seconds. Prints requests a second, the
median and the 99th percentile of the time that a request took, the resident memory, and whether
TensorFlow is in the process; writes them as JSON (`benchmarks/serving.json`), too. All answers are
compared with what the pipeline predicts here. Linux only. The clients run in this process and need
processor time of the same machine: with few cores, a fast service waits for them.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import joblib
import numpy as np
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from benchmarks.__main__ import machine
from benchmarks._resident import resident
from benchmarks._results import write_results
from sk_attnseq import AttentionSequenceClassifier, __version__
from sk_attnseq.datasets import load_digit_sequences
from sk_attnseq.preprocessing import TimestepTransformer

GUIDE = Path(__file__).parents[1] / "docs" / "user_guide" / "persistence.md"
RESULTS = Path(__file__).parent / "serving.json"
CLIENTS = (1, 8, 32)
MOST_REQUESTS, MOST_SECONDS = 2_000, 10

# What loads and predicts in the place of the guide's pipeline: all its scaler and names do, too.
WITH_KERAS = """
import keras

class KerasPipeline:
    def __init__(self):
        self.network = keras.saving.load_model("network.keras")
        numbers = np.load("numbers.npz")
        self.mean, self.scale, self.classes_ = (numbers[n] for n in ("mean", "scale", "classes"))

    def predict_proba(self, sequences):
        X = (np.stack(sequences) - self.mean) / self.scale
        return self.network.predict(X.astype(np.float32), verbose=0)

pipeline = KerasPipeline()
"""


def main() -> None:
    """Print a line for each service and number of clients, and write the results."""
    results = {"version": __version__, "machine": machine()}
    with tempfile.TemporaryDirectory() as directory:
        sequences, expected = prepare(Path(directory))
        for name, code in (("sk_attnseq", service()), ("keras", keras_service())):
            with running(code, Path(directory)) as (process, port):
                results[name] = {}
                for n_clients in CLIENTS:
                    seconds, took, answers = load(port, sequences, n_clients)
                    check(answers, expected)
                    results[name][str(n_clients)] = of_clients = {
                        "requests_per_second": len(took) / seconds,
                        "median_seconds": float(np.median(took)),
                        "percentile_99_seconds": float(np.percentile(took, 99)),
                    }
                    shown = ", ".join(f"{key} {value:.4g}" for key, value in of_clients.items())
                    print(f"{name}, {n_clients} clients: {shown}", flush=True)
                results[name]["megabytes"] = resident(process.pid)
                results[name]["tensorflow"] = has_tensorflow(process.pid)
                print(
                    f"{name}: {results[name]['megabytes']:.0f} MB, "
                    f"TensorFlow in the process: {results[name]['tensorflow']}",
                    flush=True,
                )
    write_results(RESULTS, results)


def service() -> str:
    """The code of the guide's service."""
    blocks = re.findall(
        r"^```\{code-block\} python\n(.*?)^```$", GUIDE.read_text(encoding="utf-8"), re.M | re.S
    )
    (code,) = (block for block in blocks if "FastAPI" in block)
    return code


def keras_service() -> str:
    """The same, around Keras's `predict`."""
    line = re.compile(r"^pipeline = joblib\.load.*$", re.MULTILINE)
    code, n_lines = line.subn(lambda _: WITH_KERAS, service())
    assert n_lines == 1
    return code


def prepare(directory: Path):
    """Train and save a pipeline in both ways; return sequences and their probabilities."""
    X, y = load_digit_sequences(return_X_y=True)
    pipeline = make_pipeline(
        TimestepTransformer(StandardScaler()), AttentionSequenceClassifier(epochs=5, random_state=0)
    ).fit(X, y)
    joblib.dump(pipeline, directory / "pipeline.joblib")
    pipeline[-1].model_.save(directory / "network.keras")
    scaler = pipeline[0].transformer_
    np.savez(
        directory / "numbers.npz", mean=scaler.mean_, scale=scaler.scale_, classes=pipeline.classes_
    )
    return X[:100], pipeline.predict_proba(X[:100])


@contextlib.contextmanager
def running(code: str, directory: Path):
    """Run a service on a free port of the loopback address; yield its process and the port."""
    (directory / "service.py").write_text(code, encoding="utf-8")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "uvicorn", "service:app", "--host", "127.0.0.1"]
    process = subprocess.Popen(
        [*command, "--port", str(port), "--log-level", "warning", "--no-access-log"],
        cwd=directory,
        stderr=subprocess.PIPE,
    )
    try:
        wait_for(port, process)
        yield process, port
    finally:
        process.terminate()
        process.wait(30)
        process.stderr.close()


def wait_for(port, process):
    """Return when the service takes connections; exit if it does not within two minutes."""
    end = time.monotonic() + 120
    while time.monotonic() < end and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    process.kill()
    raise SystemExit(f"the service did not start:\n{process.stderr.read().decode()}")


def load(port, sequences, n_clients, *, most_requests=MOST_REQUESTS, most_seconds=MOST_SECONDS):
    """Send requests from several clients at once.

    Returns
    -------
    seconds : float
        From the first request to the last answer.
    took : ndarray
        Seconds that each request took.
    answers : dict
        The last answer to each sequence, by its number.
    """
    bodies = [json.dumps({"sequences": [s.tolist()]}) for s in sequences]
    took, answers, errors = [], {}, []
    numbers = iter(range(most_requests))  # shared: each thread takes the next
    end = time.perf_counter() + most_seconds

    def send():
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        try:
            for number in numbers:
                started = time.perf_counter()
                if started > end:
                    break
                status, answer = ask(connection, bodies[number % len(bodies)])
                took.append(time.perf_counter() - started)
                if status != 200:
                    raise RuntimeError(f"status {status}: {answer}")
                answers[number % len(bodies)] = answer
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    ask_once(port, bodies[0])  # what only the first answer takes
    clients = [threading.Thread(target=send) for _ in range(n_clients)]
    started = time.perf_counter()
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    seconds = time.perf_counter() - started
    if errors:
        raise errors[0]
    return seconds, np.array(took), answers


def ask(connection, body):
    """Send one request over an open connection; return the status and what was answered."""
    connection.request("POST", "/predict", body, {"Content-Type": "application/json"})
    response = connection.getresponse()
    return response.status, json.loads(response.read())


def ask_once(port, body):
    """Send one request over a connection of its own."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        return ask(connection, body)
    finally:
        connection.close()


def check(answers, expected):
    """Exit unless the answers are those of the pipeline; Keras's are so to single precision."""
    for number, answer in answers.items():
        difference = np.abs(np.array(answer["probabilities"][0]) - expected[number]).max()
        if difference > 1e-4 or answer["labels"] != [int(expected[number].argmax())]:
            raise SystemExit(f"sequence {number} got {answer}, expected {expected[number]}")


def has_tensorflow(pid: int) -> bool:
    """Whether a process has TensorFlow's library in its memory."""
    return "libtensorflow" in Path(f"/proc/{pid}/maps").read_text()


if __name__ == "__main__":
    main()
