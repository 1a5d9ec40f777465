"""
The accurate preset and an ensemble
===================================

The defaults are a small network with plain training. With few samples, three things raise the
accuracy: convolutions, training against overfitting, and the mean of several networks.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.calibration import CalibrationDisplay
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
# 200 are for training.

X, y = load_digit_sequences(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(
    X, y, train_size=200, stratify=y, random_state=0
)

# %%
# ``make_accurate_classifier`` returns a pipeline of a scaler and a classifier. We compare it with
# the same pipeline around a classifier with default parameters.

default = make_pipeline(
    TimestepTransformer(StandardScaler()), AttentionSequenceClassifier(random_state=0)
)
accurate = make_accurate_classifier(random_state=0)
print(accurate)

# %%
# Networks that start from different weights make different mistakes. With ``n_estimators``, the
# pipeline ends in an :class:`~sk_attnseq.ensemble.AttentionSequenceEnsemble`, which averages their
# probabilities. The networks are trained in threads and share one compiled program.

ensemble = make_accurate_classifier(n_estimators=4, n_jobs=2, random_state=0)

classifiers = {"default": default, "accurate": accurate, "ensemble of four": ensemble}
probabilities = {
    name: clf.fit(X_train, y_train).predict_proba(X_test) for name, clf in classifiers.items()
}

for name, p in probabilities.items():
    accuracy = accuracy_score(y_test, p.argmax(axis=1))
    print(f"{name:>16}: accuracy {accuracy:.3f}, log-loss {log_loss(y_test, p):.3f}")

# %%
# How reliable are the probabilities? The figure shows how often the predicted class was right,
# over its predicted probability. On the diagonal, both are equal. The default network is much too
# certain. Networks trained with smoothed labels and mixtures are right more often than they say.

fig, ax = plt.subplots(figsize=(5.5, 5), layout="constrained")
for name, p in probabilities.items():
    CalibrationDisplay.from_predictions(
        p.argmax(axis=1) == y_test, p.max(axis=1), n_bins=6, strategy="quantile", name=name, ax=ax
    )
_ = ax.set(xlabel="Probability of the most probable class", ylabel="How often it was right")

# %%
# If all members agree, the prediction is more reliable. The members are in ``estimators_``, as
# fitted classifiers for scaled digits.

scaled = ensemble[:-1].transform(X_test)
members = np.array([member.predict(scaled) for member in ensemble[-1].estimators_])
agree = (members == members[0]).all(axis=0)
print(f"All four agree on {agree.mean():.0%} of the digits,")
print(f"of which {accuracy_score(y_test[agree], members[0, agree]):.1%} are right.")
