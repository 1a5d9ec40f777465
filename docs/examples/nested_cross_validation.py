"""
Nested cross-validation with groups
===================================

How accurate is a classifier for new people? To estimate this, keep all gestures of a person on one
side of every split, both in the search for parameters and in the estimate of the accuracy.
"""

import joblib
import matplotlib.pyplot as plt
import numpy as np
from sklearn import config_context
from sklearn.model_selection import GridSearchCV, GroupKFold, KFold, cross_validate

from sk_attnseq import AttentionSequenceClassifier

# %%
# The data are made up: 12 people draw a circle, a wave and a zigzag, 12 times each. The pen shakes
# (noise), and each person draws each gesture in their own way (a slow bend). So two circles by one
# person are more similar than two by different people.

rng = np.random.default_rng(0)
t = np.linspace(0, 1, 20)
gestures = {
    "circle": np.column_stack([np.cos(2 * np.pi * t), np.sin(2 * np.pi * t)]),
    "wave": np.column_stack([2 * t - 1, np.sin(2 * np.pi * t)]),
    "zigzag": np.column_stack([2 * t - 1, 4 * abs((2 * t) % 1 - 0.5) - 1]),
}
slow = np.array([np.cos(k * np.pi * t) for k in range(4)])  # 4 slow oscillations

X, y, people = [], [], []
for person in range(12):
    for name, ideal in gestures.items():
        own = ideal + slow.T @ rng.normal(scale=0.45, size=(4, 2))
        for _ in range(12):
            X.append(own + rng.normal(scale=0.15, size=own.shape))
            y.append(name)
            people.append(person)
X, y, people = np.array(X), np.array(y), np.array(people)

fig, axes = plt.subplots(1, 3, figsize=(8, 3), sharex=True, sharey=True, layout="constrained")
for ax, name in zip(axes, gestures, strict=True):
    for person in range(3):
        for stroke in X[(y == name) & (people == person)][:4]:
            ax.plot(*stroke.T, color=f"C{person}", alpha=0.6)
    ax.set(title=name, aspect="equal")
fig.supxlabel("three people (colors), four drawings of each")

# %%
# The inner search chooses the parameters, and the outer loop scores the chosen classifier. Both
# split by person; ``params={"groups": people}`` hands the groups to both, through scikit-learn's
# metadata routing.

classifier = AttentionSequenceClassifier(epochs=15, random_state=0)
grid = {"alpha": [0.0, 0.003]}


def nested(inner, outer, **groups):
    search = GridSearchCV(classifier, grid, cv=inner)
    with joblib.parallel_config(backend="threading", n_jobs=2):
        return cross_validate(search, X, y, cv=outer, **groups)["test_score"]


with config_context(enable_metadata_routing=True):
    by_person = nested(GroupKFold(3), GroupKFold(4), params={"groups": people})

# %%
# For comparison, the next splits ignore the person. Test gestures then come from people in the
# training data, and the estimate is too high.

ignoring = nested(KFold(3, shuffle=True, random_state=0), KFold(4, shuffle=True, random_state=0))

fig, ax = plt.subplots(figsize=(5.5, 3.2), layout="constrained")
for row, scores in enumerate((ignoring, by_person)):
    ax.plot(scores, np.full(4, row), "o", alpha=0.6, markersize=9)
    ax.plot(scores.mean(), row, "k|", markersize=25)
ax.set_yticks([0, 1], ["splits ignore\nthe person", "splits\nby person"])
ax.set(xlabel="accuracy of the outer folds, and their mean", ylim=(-0.5, 1.5))
print(f"ignoring the person {ignoring.mean():.3f}, by person {by_person.mean():.3f}")
