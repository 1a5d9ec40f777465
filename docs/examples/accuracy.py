"""
The configuration for accuracy, and an ensemble of it
=====================================================

The classifier's defaults are a small network and a plain training. With few samples, more accuracy
is in convolutions, in a training that works against overfitting, and in several networks that vote.
"""

import joblib
import matplotlib.pyplot as plt
import numpy as np
from sklearn.calibration import CalibrationDisplay
from sklearn.ensemble import VotingClassifier
from sklearn.metrics import accuracy_score, log_loss
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sk_attnseq import AttentionSequenceClassifier
from sk_attnseq.datasets import load_digit_sequences
from sk_attnseq.preprocessing import TimestepTransformer
from sk_attnseq.presets import make_accurate_classifier

# %%
# Handwritten digits, read from top to bottom: rows of pixels are timesteps. Of the 1,797 digits,
# 200 are to learn from.

X, y = load_digit_sequences(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(
    X, y, train_size=200, stratify=y, random_state=0
)

# %%
# ``make_accurate_classifier`` gives a pipeline that scales each feature and then classifies. It
# compares with the same pipeline around a classifier with default parameters.

default = make_pipeline(
    TimestepTransformer(StandardScaler()), AttentionSequenceClassifier(random_state=0)
)
accurate = make_accurate_classifier(random_state=0)
print(accurate)

# %%
# Networks that started from other weights make other mistakes. scikit-learn's ``VotingClassifier``
# fits several and takes the mean of their probabilities. In threads, the members share one
# compiled program, and one is trained on each core.

ensemble = VotingClassifier(
    [(f"seed {seed}", make_accurate_classifier(random_state=seed)) for seed in range(4)],
    voting="soft",
    n_jobs=2,
)

classifiers = {"default": default, "accurate": accurate, "ensemble of four": ensemble}
probabilities = {}
with joblib.parallel_config(backend="threading"):
    for name, clf in classifiers.items():
        probabilities[name] = clf.fit(X_train, y_train).predict_proba(X_test)

for name, p in probabilities.items():
    accuracy = accuracy_score(y_test, p.argmax(axis=1))
    print(f"{name:>16}: accuracy {accuracy:.3f}, log-loss {log_loss(y_test, p):.3f}")

# %%
# Probabilities count, too. Here is how often the most probable class was the right one, against
# how probable it was said to be. On the diagonal the two are the same. The default network is far
# too sure of itself; those trained with smoothed labels and mixtures are right more often than
# they say.

fig, ax = plt.subplots(figsize=(5.5, 5), layout="constrained")
for name, p in probabilities.items():
    CalibrationDisplay.from_predictions(
        p.argmax(axis=1) == y_test, p.max(axis=1), n_bins=6, strategy="quantile", name=name, ax=ax
    )
_ = ax.set(xlabel="Probability of the most probable class", ylabel="How often it was right")

# %%
# How sure may one be? Where all members agree, more than where they do not. They are in
# ``estimators_``, as fitted pipelines.

members = np.array([member.predict(X_test) for member in ensemble.estimators_])
agree = (members == members[0]).all(axis=0)
print(f"All four agree on {agree.mean():.0%} of the digits,")
print(f"of which {accuracy_score(y_test[agree], members[0, agree]):.1%} are right.")
