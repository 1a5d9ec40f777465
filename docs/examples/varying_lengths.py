"""
Sequences of different lengths
==============================

Pen strokes have different numbers of points. Pass them to the classifier as a list of arrays,
without padding, cutting or resampling.
"""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.collections import LineCollection
from sklearn.model_selection import cross_val_score, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sk_attnseq import AttentionSequenceClassifier
from sk_attnseq.preprocessing import TimestepTransformer

# %%
# The strokes are made up: a closed loop, an open one, and one with a tail. They differ only towards
# the end. Each has 15 to 60 points (x, y) and a random size and angle.


def draw(kind, rng):
    t = np.linspace(0, 1, rng.integers(15, 61))
    radius = {"closed": 1 + 0 * t, "open": 1 + 0 * t, "tail": 1 + 3 * np.clip(t - 0.8, 0, 1)}[kind]
    turns = {"closed": 1.0, "open": 0.8, "tail": 1.0}[kind]
    angle = 2 * np.pi * turns * t + rng.normal(scale=0.4)
    points = rng.uniform(0.7, 1.3) * np.column_stack(
        [radius * np.cos(angle), radius * np.sin(angle)]
    )
    return points + rng.normal(scale=0.04, size=points.shape)


rng = np.random.default_rng(0)
y = rng.choice(["closed", "open", "tail"], size=450)
X = [draw(kind, rng) for kind in y]
[stroke.shape for stroke in X[:4]]

# %%
# A list goes through ``train_test_split``, pipelines and cross-validation like an array.

X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=0)
pipeline = make_pipeline(
    TimestepTransformer(StandardScaler()),
    AttentionSequenceClassifier(epochs=40, random_state=0),
)
scores = cross_val_score(pipeline, X_train, y_train, cv=3)
pipeline.fit(X_train, y_train)
print(
    f"accuracy {scores.mean():.3f} in cross-validation, {pipeline.score(X_test, y_test):.3f} test"
)

# %%
# The color of each point is its attention, relative to the highest of the stroke. For a list of
# sequences, the attention weights are a list, too.

weights = pipeline[-1].attention_weights(pipeline[:-1].transform(X_test))
predicted = pipeline.predict(X_test)

fig, axes = plt.subplots(2, 6, figsize=(10, 3.9), layout="constrained")
shown = np.concatenate([np.flatnonzero(y_test == kind)[:4] for kind in np.unique(y)])
for ax, which in zip(axes.T.flat, shown, strict=True):
    stroke = X_test[which]
    attention = weights[which]
    pieces = np.stack([stroke[:-1], stroke[1:]], axis=1)  # from each point to the next
    lines = LineCollection(pieces, cmap="viridis_r", linewidths=4, capstyle="round")
    lines.set_array(attention[1:] / attention.max())
    lines.set_clim(0, 1)
    ax.add_collection(lines)
    ax.plot(*stroke[0], "o", color="tab:red", markersize=5)
    ax.set(title=f"{predicted[which]}, {len(stroke)} points", xticks=[], yticks=[])
    ax.title.set_fontsize("small")
    ax.autoscale_view()
    ax.set_aspect("equal", adjustable="datalim")
fig.colorbar(lines, ax=axes, label="attention, relative to the highest")

# %%
# The red dot is the start. If there is a tail, the network looks at it. Otherwise it looks at the
# first half, or at the point where the loop closes. A person might decide in another way.

# sphinx_gallery_thumbnail_number = -1
