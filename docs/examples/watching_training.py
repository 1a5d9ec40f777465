"""
Watching the training with callbacks
====================================

Scikit-learn 1.9 has callbacks, which are called while an estimator is fitted. The classifier
supports them, alone or inside a search. The progress bars also need rich (``pip install rich``).
"""

import matplotlib.pyplot as plt
from sklearn.callback import ProgressBar, ScoringMonitor
from sklearn.model_selection import GridSearchCV

from sk_attnseq import AttentionSequenceClassifier
from sk_attnseq.datasets import make_sequence_classification

X, y = make_sequence_classification(600, n_classes=3, class_sep=3.0, random_state=0)

# %%
# ``ScoringMonitor`` scores the network on the training data after each epoch, by any scores of
# scikit-learn, and ``ProgressBar`` shows how far the fit has come.

monitor = ScoringMonitor(scoring=["accuracy", "neg_log_loss"])
clf = AttentionSequenceClassifier(epochs=20, random_state=0)
clf.set_callbacks(monitor, ProgressBar())
clf.fit(X, y)

# %%
# The log has a row for each task: the fit and, in it, the epochs.

log = monitor.get_logs().data_as_pandas
epochs = log[log["task_name"] == "epoch"]
epochs[["task_id", "accuracy", "neg_log_loss"]].tail(3)

# %%
# In a search, the callback of the classifier sees the fits of all candidates and folds. The path of
# a task tells the stage (0 for cross-validation), the fit in it, and the epoch.

monitor = ScoringMonitor(scoring="neg_log_loss")
clf = AttentionSequenceClassifier(epochs=20, random_state=0)
clf.set_callbacks(monitor)
grid = {"learning_rate": [0.001, 0.01, 0.1]}
search = GridSearchCV(clf, grid, cv=2).fit(X, y)

log = monitor.get_logs().data_as_pandas
fig, ax = plt.subplots(figsize=(6.5, 3.8), layout="constrained")
for fit in range(6):  # 3 candidates x 2 folds
    of_fit = [path[:-1] == (0, 0, fit) for path in log["task_id_path"]]
    epochs = log[of_fit].sort_values("task_id")
    candidate, fold = divmod(fit, 2)
    label = f"learning_rate={grid['learning_rate'][candidate]}" if fold == 0 else None
    ax.plot(epochs["task_id"] + 1, -epochs["neg_log_loss"], color=f"C{candidate}", label=label)
ax.set(xlabel="Epoch", ylabel="Log loss on the training data", ylim=(0, 1.6))
ax.legend()

# %%
# The smallest learning rate needs more epochs. The largest makes the score jump, and stays behind.
