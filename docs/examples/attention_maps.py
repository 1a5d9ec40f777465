"""
Attention maps: where a network looks
=====================================

In these made-up data, one timestep of each sequence tells the class, and we know which. Does the
network find it? Three displays show attention, and permutation importance checks them.
"""

import matplotlib.pyplot as plt
import numpy as np

from sk_attnseq import AttentionSequenceClassifier
from sk_attnseq.datasets import make_sequence_classification
from sk_attnseq.inspection import (
    AttentionDisplay,
    AttentionProfileDisplay,
    ImportanceDisplay,
    IntegratedGradientsDisplay,
    SampleAttentionDisplay,
)

X, y, informative = make_sequence_classification(
    600, n_timesteps=12, n_classes=3, class_sep=3.0, random_state=0, return_informative=True
)
y = np.array(["left", "right", "stop"])[y]
X_train, X_test, y_train, y_test = X[:400], X[400:], y[:400], y[400:]
clf = AttentionSequenceClassifier(epochs=20, random_state=0).fit(X_train, y_train)
print(f"accuracy {clf.score(X_test, y_test):.3f}")

# %%
# One sequence
# ------------
# :class:`~sk_attnseq.inspection.SampleAttentionDisplay` draws the features of one sequence, and
# its attention below. The informative timestep is marked.

display = SampleAttentionDisplay.from_estimator(clf, X_test, sample=2)
for ax in display.axes_:
    ax.axvline(informative[400 + 2], color="0.5", linestyle=":", zorder=0)

# %%
# Attention shows where the network looks.
# :class:`~sk_attnseq.inspection.IntegratedGradientsDisplay` shows the effect of the values there.
# Compared with a sequence of zeros, red values make the class more probable, and blue ones less.

IntegratedGradientsDisplay.from_estimator(clf, X_test, sample=2)

# %%
# Many sequences
# --------------
# :class:`~sk_attnseq.inspection.AttentionDisplay` has a row for each sequence. Sorted by the
# informative timestep, the attention follows it.

order = informative[400:].argsort(kind="stable")
fig, ax = plt.subplots(figsize=(6, 4.5), layout="constrained")
AttentionDisplay.from_estimator(clf, X_test[order], ax=ax)
ax.set_ylabel("Sequence, sorted by informative timestep")

weights = clf.attention_weights(X_test)
found = np.abs(weights.argmax(axis=1) - informative[400:]) <= 1
print(f"In {found.mean():.0%} the attention peaks at the informative timestep or next to it.")

# %%
# Classes
# -------
# If the same timestep is informative in all sequences, the profile of each class shows it.
# :class:`~sk_attnseq.inspection.AttentionProfileDisplay` draws means and bands.

X_same, y_same = make_sequence_classification(
    600, n_timesteps=12, n_classes=3, class_sep=3.0, informative_timestep=4, random_state=0
)
same = AttentionSequenceClassifier(epochs=20, random_state=0).fit(X_same[:400], y_same[:400])
AttentionProfileDisplay.from_estimator(same, X_same[400:], y_same[400:])

# %%
# A second opinion
# ----------------
# An LSTM's output at a timestep also contains what it read before, so attention does not show what
# the network needs. Permutation importance does: it measures how much the accuracy falls if a
# timestep is shuffled among the sequences.

ImportanceDisplay.from_estimator(same, X_same[400:], y_same[400:], random_state=0)

# %%
# Heads
# -----
# With ``attention="multihead"`` each timestep attends to all others, in several heads. The lower
# panels show from which timestep (row) to which (column) each head looks.

heads = AttentionSequenceClassifier(attention="multihead", epochs=20, random_state=0)
heads.fit(X_train, y_train)
SampleAttentionDisplay.from_estimator(heads, X_test, sample=2)

# sphinx_gallery_thumbnail_number = 3
