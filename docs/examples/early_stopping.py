"""
Early stopping and the training history
=======================================

How many epochs are enough? With ``early_stopping=True``, the classifier chooses the number of
epochs on a part of the training data that it sets aside.
"""

import matplotlib.pyplot as plt

from sk_attnseq import AttentionSequenceClassifier
from sk_attnseq.datasets import make_sequence_classification
from sk_attnseq.inspection import TrainingHistoryDisplay

X, y = make_sequence_classification(900, n_classes=4, class_sep=2.0, random_state=0)
X_train, X_test, y_train, y_test = X[:500], X[500:], y[:500], y[500:]

# %%
# Without early stopping, all 100 epochs are run. The training loss falls to the end, which says
# nothing about new data.

long = AttentionSequenceClassifier(epochs=100, random_state=0).fit(X_train, y_train)
TrainingHistoryDisplay.from_estimator(long)

# %%
# With early stopping, a fifth of the training data is set aside. Training stops when the accuracy
# on it has not risen for 10 epochs (``n_iter_no_change``), and the best weights are kept.

stopped = AttentionSequenceClassifier(
    epochs=100, early_stopping=True, validation_fraction=0.2, random_state=0
)
stopped.fit(X_train, y_train)
TrainingHistoryDisplay.from_estimator(stopped)

# %%
# Compare the two on test data:

for name, clf in (("all epochs", long), ("early stopping", stopped)):
    print(f"{name:>14}: {clf.n_iter_:3} epochs, test accuracy {clf.score(X_test, y_test):.3f}")

# %%
# For figures of your own, the fitted attributes have the data of the display. ``partial_fit`` shows
# how the test accuracy changes from epoch to epoch:

curve = AttentionSequenceClassifier(random_state=0)
train_scores, test_scores = [], []
for _ in range(60):
    curve.partial_fit(X_train, y_train, classes=range(4))
    train_scores.append(curve.score(X_train, y_train))
    test_scores.append(curve.score(X_test, y_test))

fig, ax = plt.subplots(figsize=(6.5, 3.8), layout="constrained")
ax.plot(train_scores, label="training data")
ax.plot(test_scores, label="test data")
ax.axvline(len(stopped.loss_curve_) - 1, color="0.5", linestyle=":", label="early stopping ends")
ax.set(xlabel="Epoch", ylabel="Accuracy", ylim=(None, 1.01))
ax.legend()

# sphinx_gallery_thumbnail_number = 2
