"""Test accuracies that others have published on the archives' own train/test splits.

All are of the official split, none was chosen on the test set, and all are copied, rounded to three
places, from tables of results in the repositories that `SOURCES` names.

- JapaneseVowels and SpokenArabicDigits have unequal lengths: there, [b] has the figures of
  versions with equal ones, JapaneseVowels_eq and SpokenArabicDigits_eq.
- Of LITEMVTime, [b] has an ensemble of five networks.
- Those of the univariate sets [c] are for all of the training data. The files that our figures are
  for may hold a part of them only.
- TimesNet, PatchTST, iTransformer, Mamba and others of their line are left out: the loader of their
  validation data reads the test split, so what they report is the best epoch on the test set.
"""

from __future__ import annotations

SOURCES = {
    "a": "tsml-eval@b716654, results/classification/Multivariate, column 0, the official split",
    "b": "aeon-toolkit/multiverse@94419fc, results/multiverse/accuracy_mean.csv",
    "c": "tsml-eval, results/classification/Univariate, column 0, the official split",
}
# Of each method, for each multivariate data set, the accuracy and its source.
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
# Of each method, for each univariate data set, the accuracy; the source is [c].
UNIVARIATE_FIGURES = {
    "MiniRocket": {
        "Adiac": 0.816,
        "CBF": 0.999,
        "DistalPhalanxOutlineCorrect": 0.790,
        "DistalPhalanxTW": 0.655,
        "ECGFiveDays": 1.000,
        "GunPoint": 0.993,
        "MedicalImages": 0.791,
        "MiddlePhalanxOutlineCorrect": 0.849,
        "MoteStrain": 0.926,
        "Plane": 1.000,
        "PowerCons": 0.994,
        "ProximalPhalanxTW": 0.800,
        "SmoothSubspace": 0.953,
        "SonyAIBORobotSurface1": 0.887,
        "SwedishLeaf": 0.962,
        "UMD": 0.993,
    },
    "MultiRocket-Hydra": {
        "Adiac": 0.834,
        "CBF": 0.996,
        "DistalPhalanxOutlineCorrect": 0.793,
        "DistalPhalanxTW": 0.683,
        "ECGFiveDays": 1.000,
        "GunPoint": 1.000,
        "MedicalImages": 0.799,
        "MiddlePhalanxOutlineCorrect": 0.845,
        "MoteStrain": 0.945,
        "Plane": 1.000,
        "PowerCons": 0.983,
        "ProximalPhalanxTW": 0.800,
        "SmoothSubspace": 0.973,
        "SonyAIBORobotSurface1": 0.890,
        "SwedishLeaf": 0.979,
        "UMD": 0.993,
    },
    "InceptionTime": {
        "Adiac": 0.844,
        "CBF": 0.999,
        "DistalPhalanxOutlineCorrect": 0.786,
        "DistalPhalanxTW": 0.655,
        "ECGFiveDays": 1.000,
        "GunPoint": 1.000,
        "MedicalImages": 0.796,
        "MiddlePhalanxOutlineCorrect": 0.835,
        "MoteStrain": 0.894,
        "Plane": 1.000,
        "PowerCons": 0.994,
        "ProximalPhalanxTW": 0.800,
        "SmoothSubspace": 0.980,
        "SonyAIBORobotSurface1": 0.878,
        "SwedishLeaf": 0.970,
        "UMD": 0.986,
    },
    "LITETime": {
        "Adiac": 0.844,
        "CBF": 0.999,
        "DistalPhalanxOutlineCorrect": 0.761,
        "DistalPhalanxTW": 0.683,
        "ECGFiveDays": 0.995,
        "GunPoint": 1.000,
        "MedicalImages": 0.780,
        "MiddlePhalanxOutlineCorrect": 0.849,
        "MoteStrain": 0.881,
        "Plane": 1.000,
        "PowerCons": 0.994,
        "ProximalPhalanxTW": 0.805,
        "SmoothSubspace": 0.993,
        "SonyAIBORobotSurface1": 0.839,
        "SwedishLeaf": 0.963,
        "UMD": 0.993,
    },
    "HC2": {
        "Adiac": 0.806,
        "CBF": 1.000,
        "DistalPhalanxOutlineCorrect": 0.775,
        "DistalPhalanxTW": 0.719,
        "ECGFiveDays": 1.000,
        "GunPoint": 1.000,
        "MedicalImages": 0.807,
        "MiddlePhalanxOutlineCorrect": 0.849,
        "MoteStrain": 0.969,
        "Plane": 1.000,
        "PowerCons": 0.983,
        "ProximalPhalanxTW": 0.829,
        "SmoothSubspace": 0.980,
        "SonyAIBORobotSurface1": 0.915,
        "SwedishLeaf": 0.965,
        "UMD": 0.993,
    },
}
ALL_FIGURES = [
    *FIGURES.items(),
    *(
        (method, {name: (x, "c") for name, x in of.items()})
        for method, of in UNIVARIATE_FIGURES.items()
    ),
]


def published_line(name):
    """What is published on a data set, in a line."""
    texts = [
        "{} {:.3f} [{}]".format(method, *of_method[name])
        for method, of_method in ALL_FIGURES
        if name in of_method
    ]
    return f"published: {', '.join(texts) or 'none known here'}"


def source_lines(names):
    """The sources that the figures of these data sets refer to."""
    used = {of[name][1] for _, of in ALL_FIGURES for name in names if name in of}
    return [f"[{mark}] {source}" for mark, source in SOURCES.items() if mark in used]
