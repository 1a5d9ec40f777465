"""Test accuracies that others have published on the archives' own train/test splits.

All are of the official split, none was chosen on the test set, and all are copied, rounded to three
places, from tables of results in the repositories that `SOURCES` names.

- JapaneseVowels and SpokenArabicDigits have unequal lengths: there, [b] has the figures of
  versions with equal ones, JapaneseVowels_eq and SpokenArabicDigits_eq.
- Of LITEMVTime, [b] has an ensemble of five networks.
- TimesNet, PatchTST, iTransformer, Mamba and others of their line are left out: the loader of their
  validation data reads the test split, so what they report is the best epoch on the test set.
"""

from __future__ import annotations

SOURCES = {
    "a": "tsml-eval@b716654, results/classification/Multivariate, column 0, the official split",
    "b": "aeon-toolkit/multiverse@94419fc, results/multiverse/accuracy_mean.csv",
}
# Of each method, for each data set, the accuracy and its source.
FIGURES = {
    "ROCKET": {
        "BasicMotions": (1.0, "a"),
        "NATOPS": (0.889, "a"),
        "Libras": (0.900, "a"),
        "PenDigits": (0.983, "a"),
        "Epilepsy": (0.993, "a"),
        "UWaveGestureLibrary": (0.941, "a"),
    },
    "InceptionTime": {
        "BasicMotions": (1.0, "a"),
        "NATOPS": (0.961, "a"),
        "Libras": (0.889, "a"),
        "PenDigits": (0.988, "a"),
        "Epilepsy": (0.986, "a"),
        "UWaveGestureLibrary": (0.878, "a"),
    },
    "HC2": {
        "NATOPS": (0.894, "a"),
        "Libras": (0.933, "a"),
        "PenDigits": (0.979, "a"),
        "Epilepsy": (1.0, "a"),
        "UWaveGestureLibrary": (0.928, "a"),
    },
    "MultiRocket-Hydra": {
        "BasicMotions": (1.0, "b"),
        "NATOPS": (0.906, "b"),
        "Libras": (0.933, "b"),
        "Epilepsy": (1.0, "b"),
        "UWaveGestureLibrary": (0.931, "b"),
        "JapaneseVowels": (0.978, "b"),
        "SpokenArabicDigits": (0.989, "b"),
    },
    "LITEMVTime": {
        "BasicMotions": (1.0, "b"),
        "NATOPS": (0.967, "b"),
        "Libras": (0.917, "b"),
        "Epilepsy": (1.0, "b"),
        "UWaveGestureLibrary": (0.916, "b"),
        "JapaneseVowels": (0.995, "b"),
        "SpokenArabicDigits": (0.993, "b"),
    },
}


def published_line(name):
    """What is published on a data set, in a line."""
    texts = [
        "{} {:.3f} [{}]".format(method, *of_method[name])
        for method, of_method in FIGURES.items()
        if name in of_method
    ]
    return f"published: {', '.join(texts) or 'none known here'}"


def source_lines(names):
    """The sources that the figures of these data sets refer to."""
    used = {of[name][1] for of in FIGURES.values() for name in names if name in of}
    return [f"[{mark}] {source}" for mark, source in SOURCES.items() if mark in used]
