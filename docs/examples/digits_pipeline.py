"""
A first pipeline: digits read row by row
========================================

This example fits, scores and inspects a pipeline of a scaler and a classifier. Each handwritten
digit is a sequence of 8 rows (timesteps) of 8 pixels (features).
"""

import matplotlib.pyplot as plt
from sklearn.metrics import ConfusionMatrixDisplay
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler

from sk_attnseq import AttentionSequenceClassifier
from sk_attnseq.datasets import load_digit_sequences
from sk_attnseq.preprocessing import TimestepTransformer

X, y = load_digit_sequences(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=0)
print(X_train.shape)

# %%
# Networks train best on scaled features. Scikit-learn's scalers work for sequences inside a
# :class:`~sk_attnseq.preprocessing.TimestepTransformer`.

pipeline = make_pipeline(
    TimestepTransformer(MinMaxScaler()),
    AttentionSequenceClassifier(epochs=40, random_state=0),
)
pipeline.fit(X_train, y_train)

# %%
# The accuracy on new digits, and the confusion matrix:

print(f"accuracy {pipeline.score(X_test, y_test):.3f}")
fig, ax = plt.subplots(figsize=(4.8, 4.4), layout="constrained")
ConfusionMatrixDisplay.from_estimator(pipeline, X_test, y_test, colorbar=False, cmap="Blues", ax=ax)

# %%
# Attention weights say how much the LSTM's output at each row of pixels counts. For one digit they
# add up to 1. The bars show the weight of each row.

weights = pipeline[-1].attention_weights(pipeline[:-1].transform(X_test))
predicted = pipeline.predict(X_test)

figure = plt.figure(figsize=(9, 4.2), layout="constrained")
for cell, digit in zip(figure.subfigures(2, 5).flat, range(10), strict=True):
    which = (y_test == digit).argmax()  # the first of its class
    image, bars = cell.subplots(1, 2, sharey=True, width_ratios=(2, 1))
    image.imshow(X_test[which], cmap="gray_r", aspect="auto")
    image.set(title=f"read as {predicted[which]}", xticks=[], yticks=range(8))
    bars.barh(range(8), weights[which], color="tab:blue")
    bars.set(xlim=(0, 0.8), xticks=[])
    bars.tick_params(left=False)

# %%
# Attention is high towards the end, when the LSTM has read nearly everything, and earlier if an
# early row decides. :doc:`attention_maps` looks at many sequences at once.

# sphinx_gallery_thumbnail_number = -1
