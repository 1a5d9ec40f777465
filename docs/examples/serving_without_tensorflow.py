"""
Serving without TensorFlow
==========================

Training needs TensorFlow, but prediction does not: a saved pipeline predicts with NumPy. A web
service or a script that loads it starts fast and needs little memory.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import joblib
import matplotlib.pyplot as plt
import numpy as np
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler

from sk_attnseq import AttentionSequenceClassifier
from sk_attnseq.datasets import load_digit_sequences
from sk_attnseq.preprocessing import TimestepTransformer

X, y = load_digit_sequences(return_X_y=True)
pipeline = make_pipeline(
    TimestepTransformer(MinMaxScaler()), AttentionSequenceClassifier(epochs=20, random_state=0)
)
pipeline.fit(X[:1500], y[:1500])

# %%
# Save it
# -------
# Save the pipeline with joblib and, for comparison, the network as a Keras model.

directory = tempfile.TemporaryDirectory()
folder = Path(directory.name)
joblib.dump(pipeline, folder / "digits.joblib")
pipeline[-1].model_.save(folder / "digits.keras")
np.save(folder / "new.npy", X[1500:])

# %%
# Serve it
# --------
# A new process loads the file and predicts:

serve = """
import joblib, json, numpy as np, psutil, sys, time
started = time.perf_counter()
model = joblib.load("digits.joblib")
predicted = model.predict(np.load("new.npy"))
seconds = time.perf_counter() - started
"""

# %%
# With Keras, you have to scale by hand, and the classes are column numbers:

serve_with_keras = """
import json, numpy as np, psutil, sys, time
started = time.perf_counter()
import keras
model = keras.saving.load_model("digits.keras")
predicted = model.predict(np.load("new.npy") / 16, verbose=0).argmax(axis=1)
seconds = time.perf_counter() - started
"""

# %%
# Both report the predictions, whether TensorFlow was imported, the seconds for loading and
# predicting, and the memory in use.

report = """
print(json.dumps({
    "predicted": predicted.tolist(),
    "tensorflow": "tensorflow" in sys.modules,
    "seconds": seconds,
    "megabytes": psutil.Process().memory_info().rss / 2**20,
}))
"""


def run(code):
    command = [sys.executable, "-c", code + report]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


served, served_with_keras = run(serve), run(serve_with_keras)
print("TensorFlow imported:", served["tensorflow"])
print("same predictions as here:", served["predicted"] == pipeline.predict(X[1500:]).tolist())
print("with Keras, the same:", served["predicted"] == served_with_keras["predicted"])

# %%
# The cost of both on the machine that built this page:

fig, axes = plt.subplots(1, 2, figsize=(8, 2.2), sharey=True, layout="constrained")
for ax, what in zip(axes, ("seconds", "megabytes"), strict=True):
    bars = ax.barh(
        ["a Keras model", "the pipeline"],
        [served_with_keras[what], served[what]],
        color=["0.7", "tab:blue"],
    )
    ax.bar_label(bars, fmt="%.1f" if what == "seconds" else "%.0f", padding=3)
    ax.margins(x=0.15)
axes[0].set_xlabel("seconds from start to predictions")
axes[1].set_xlabel("megabytes of memory")
directory.cleanup()

# %%
# Loading a joblib file runs code in it, so load only files that you trust. :doc:`onnx_export`
# needs no Python.
