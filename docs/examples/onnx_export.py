"""
Export to ONNX
==============

On a phone, in a browser or in a service without Python, ONNX Runtime can predict.
:func:`~sk_attnseq.export.to_onnx` writes a fitted classifier as one file of weights and standard
operators, for sequences of any length.
"""

import json
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import onnx
import onnxruntime

from sk_attnseq import AttentionSequenceClassifier
from sk_attnseq.datasets import load_digit_sequences
from sk_attnseq.export import to_onnx

X, y = load_digit_sequences(return_X_y=True)
X = X / 16
clf = AttentionSequenceClassifier(epochs=20, random_state=0).fit(X[:1500], y[:1500])

# %%
# Write
# -----

directory = tempfile.TemporaryDirectory()
path = Path(directory.name) / "digits.onnx"
onnx.save(to_onnx(clf), path)
print(f"{path.name}: {path.stat().st_size / 1024:.0f} KB")

# %%
# Run
# ---
# ONNX Runtime does not need this package. The input is float32, the outputs are the label and
# the probabilities; the classes, in the order of the columns, are in the metadata.

session = onnxruntime.InferenceSession(path)
for value in (*session.get_inputs(), *session.get_outputs()):
    print(value.name, value.type, value.shape)
classes = json.loads(session.get_modelmeta().custom_metadata_map["classes"])
label, probabilities = session.run(None, {"X": X[1500:].astype(np.float32)})

# %%
# Compare
# -------
# ONNX Runtime computes in single precision, ``predict_proba`` in double: they agree to about six
# digits. On the left the least certain of the digits, on the right all differences.

ours = clf.predict_proba(X[1500:])
differences = np.abs(probabilities - ours).max(axis=1)
print("same labels:", (label == clf.predict(X[1500:])).all())
print(f"largest difference of a probability: {differences.max():.1e}")

hardest = ours.max(axis=1).argmin()
fig, axes = plt.subplots(1, 3, figsize=(9, 2.8), width_ratios=(1, 2, 2), layout="constrained")
axes[0].imshow(X[1500 + hardest], cmap="gray_r")
axes[0].set(xticks=[], yticks=[], title=f"a {y[1500 + hardest]}")
axes[1].bar(np.arange(10) - 0.2, ours[hardest], 0.4, label="predict_proba")
axes[1].bar(np.arange(10) + 0.2, probabilities[hardest], 0.4, label="ONNX Runtime")
axes[1].set_xticks(range(10), classes)
axes[1].set(xlabel="class", title="its probabilities")
axes[1].legend(fontsize="small")
axes[2].hist(np.log10(np.maximum(differences, 1e-9)), bins=20, color="0.6")
axes[2].set(xlabel="largest difference, log10", ylabel="digits", title="all digits")
directory.cleanup()

# %%
# Here, only a classifier was exported. If you pass a pipeline to ``to_onnx``, the file also
# contains its other steps, and accepts raw data.
