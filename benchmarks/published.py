"""Test accuracies that others have published on the archives' own train/test splits.

They are at second hand, with the sources as they came: the papers' own tables were not within
reach when this was written. Before quoting a figure, look it up.

- Known of [a]: it compares ROCKET, InceptionTime and other classifiers on the 26 of 30 problems of
  the archive whose series have equal lengths. Its results are kept at timeseriesclassification.com,
  for 30 resamples, the first of which is the split used here; aeon's
  `load_classification_bake_off_2021_results(num_resamples=1)` fetches them. Figures for the first
  resample differ from means over all of them. Not verified: every single figure, and that those of
  MLSTM-FCN are from there at all.
- JapaneseVowels and SpokenArabicDigits have unequal lengths, so they are not in [a]. Not verified:
  that the figures of MLSTM-FCN are those of [b], with the same splits and padding.
- No source is known for ROCKET on JapaneseVowels.
"""

from __future__ import annotations

SOURCES = {
    "a": "A. P. Ruiz, M. Flynn, J. Large, M. Middlehurst and A. Bagnall, The great multivariate "
    "time series classification bake off, Data Mining and Knowledge Discovery 35, 2021",
    "b": "F. Karim, S. Majumdar, H. Darabi and S. Harford, Multivariate LSTM-FCNs for Time Series "
    "Classification, Neural Networks 116, 2019 (arXiv:1801.04503)",
    "?": "source unknown",
}
METHODS = ("ROCKET", "InceptionTime", "MLSTM-FCN")
# For each data set, accuracy and source of each method, or None.
FIGURES = {
    "BasicMotions": ((1.0, "a"), (1.0, "a"), (0.950, "a")),
    "NATOPS": ((0.889, "a"), (0.961, "a"), (0.889, "a")),
    "Libras": ((0.900, "a"), (0.889, "a"), (0.856, "a")),
    "PenDigits": ((0.983, "a"), (0.988, "a"), (0.978, "a")),
    "Epilepsy": ((0.993, "a"), (0.986, "a"), (0.761, "a")),
    "UWaveGestureLibrary": ((0.941, "a"), (0.878, "a"), (0.891, "a")),
    "JapaneseVowels": ((0.965, "?"), None, (0.976, "b")),
    "SpokenArabicDigits": (None, None, (0.990, "b")),
}


def published_line(name):
    """What is published on a data set, in a line."""
    figures = FIGURES.get(name)
    if figures is None:
        return "published: none known here"
    texts = [
        f"{method} {'-' if figure is None else '{:.3f} [{}]'.format(*figure)}"
        for method, figure in zip(METHODS, figures, strict=True)
    ]
    return "published (not verified): " + ", ".join(texts)


def source_lines(names):
    """The sources that the figures of these data sets refer to."""
    used = {figure[1] for name in names for figure in FIGURES.get(name, ()) if figure}
    return [f"[{mark}] {source}" for mark, source in SOURCES.items() if mark in used]
