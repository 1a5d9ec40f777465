"""
From recordings to a timeline
=============================

Twelve people wore an accelerometer while they rested, walked, ran and climbed stairs. The table has
a row, and a label, for each timestep. This example cuts it into windows, classifies these, and goes
back to the timesteps. On the way it shows how far cross-validation that ignores the people
overestimates the accuracy for new ones.
"""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from scipy.spatial.transform import Rotation
from sklearn.model_selection import GroupKFold, KFold, cross_val_predict, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sk_attnseq import AttentionSequenceClassifier
from sk_attnseq.inspection import RecordingDisplay
from sk_attnseq.preprocessing import TimestepTransformer
from sk_attnseq.sequences import make_windows, to_timeline

# %%
# The data are made up: each activity is an oscillation with a pace and a strength. People differ
# in both, and wear the sensor at an angle of their own.

ACTIVITIES = {"rest": (0.0, 0.0), "walk": (0.9, 1.0), "stairs": (0.7, 0.9), "run": (1.4, 1.8)}


def record(person, rng):
    pace, strength = rng.normal(1, 0.15, size=2)
    angle = Rotation.from_rotvec(rng.normal(scale=0.4, size=3)).as_matrix()
    blocks = []
    for activity in rng.permutation(list(ACTIVITIES) * 2):
        n_timesteps = rng.integers(60, 140)
        frequency, amplitude = ACTIVITIES[activity]
        phase = np.arange(n_timesteps) * 0.7 * frequency * pace
        waves = np.column_stack([np.sin(phase), 0.5 * np.cos(phase), 0.3 * np.sin(2 * phase)])
        values = (amplitude * strength * waves + [0, 0, 1]) @ angle
        block = pd.DataFrame(values + rng.normal(scale=0.3, size=waves.shape), columns=list("xyz"))
        blocks.append(block.assign(activity=activity))
    table = pd.concat(blocks, ignore_index=True)
    return table.assign(person=person, second=np.arange(len(table)) / 10)


rng = np.random.default_rng(0)
table = pd.concat([record(f"person {i}", rng) for i in range(12)], ignore_index=True)
print(table.head(3))

# %%
# One recording for each person, and its labels. A window of 40 timesteps gets the most frequent
# label of its timesteps. Windows in which this label covers less than 60% are dropped.

frames = [frame.sort_values("second") for _, frame in table.groupby("person", sort=False)]
recordings = [frame[["x", "y", "z"]] for frame in frames]
labels = [frame["activity"] for frame in frames]

windows = make_windows(recordings, labels, length=40, step=20, min_share=0.6)
print(windows.data.shape)

# %%
# ``groups`` is the person of each window. With it, cross-validation tests on people that the
# classifier has never seen. Without it, there are windows of each person on both sides of each
# split, even windows that overlap.

classifier = make_pipeline(
    TimestepTransformer(StandardScaler()),
    AttentionSequenceClassifier(epochs=30, random_state=0),
)
X, y, groups = windows.data, windows.target, windows.groups
at_random = cross_val_score(classifier, X, y, cv=KFold(4, shuffle=True, random_state=0))
by_person = cross_val_score(classifier, X, y, groups=groups, cv=GroupKFold(4))
print(f"windows at random: {at_random.mean():.3f}")
print(f"by person:         {by_person.mean():.3f}")

# %%
# Only the second number says what to expect of new people. The first one rewards the
# classifier for knowing how these people move.

fig, ax = plt.subplots(figsize=(5, 3), layout="constrained")
ax.bar(["windows at random", "by person"], [at_random.mean(), by_person.mean()], color="0.6")
ax.plot(np.repeat([0, 1], 4), [*at_random, *by_person], "k.")
_ = ax.set(ylabel="accuracy in cross-validation", ylim=(0, 1))

# %%
# For a timeline, each person is predicted by the classifier that was fitted without them. Each
# timestep gets the mean of the probabilities of the windows that cover it. The last timesteps of a
# recording, if they fill no window, have no prediction.

probabilities = cross_val_predict(
    classifier, X, y, groups=groups, cv=GroupKFold(4), method="predict_proba"
)
timelines = to_timeline(probabilities, windows)
classes = np.unique(y)

# The person for whom the true activities were the least probable.
certainty = [
    np.nanmean(timeline[np.arange(len(label)), np.searchsorted(classes, label)])
    for timeline, label in zip(timelines, labels, strict=True)
]
worst = np.argmin(certainty)
RecordingDisplay.from_predictions(
    recordings[worst], labels[worst], timelines[worst], classes=classes
)

# sphinx_gallery_thumbnail_number = -1
