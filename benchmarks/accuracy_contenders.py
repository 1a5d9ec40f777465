"""Who is compared in the table of accuracy: our configurations, and what people would pick instead.

The peers are aeon's, with its default parameters and on all cores:

- MiniRocket: Dempster, Schmidt & Webb, MiniRocket: A Very Fast (Almost) Deterministic Transform for
  Time Series Classification, KDD 2021.
- MultiRocket-Hydra: Dempster, Schmidt & Webb, Hydra: Competing Convolutional Kernels for Fast and
  Accurate Time Series Classification, DMKD 2023.
- LITEMV: Ismail-Fawaz et al., LITE: Light Inception with boosTing tEchniques for Time Series
  Classification, DSAA 2023. One network; of the seeds, the ensemble is LITEMVTime.
"""

from __future__ import annotations

import importlib.util
import tempfile
from collections.abc import Callable
from dataclasses import dataclass

import joblib
import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import VotingClassifier
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sk_attnseq import AttentionSequenceClassifier
from sk_attnseq.preprocessing import TimestepTransformer
from sk_attnseq.presets import make_accurate_classifier

MIN_TIMESTEPS = 10  # of MultiRocket, which takes 9 of differences


@dataclass(frozen=True)
class Contender:
    """What it is, how to make it from a `random_state`, and the packages that it needs."""

    what: str
    make: Callable
    needs: tuple[str, ...] = ()

    def missing(self) -> list[str]:
        """The packages that are not installed."""
        return [package for package in self.needs if importlib.util.find_spec(package) is None]


class EqualLengths(ClassifierMixin, BaseEstimator):
    """A classifier of aeon's on our arrays: features first, zeros in the place of padding."""

    def __init__(self, classifier):
        self.classifier = classifier

    def fit(self, X, y):
        """Fit on (n_samples, n_timesteps, n_features)."""
        self.n_timesteps_ = max(MIN_TIMESTEPS, X.shape[1])
        self.classifier.fit(self._features_first(X), y)
        self.classes_ = self.classifier.classes_
        return self

    def predict_proba(self, X):
        """Probabilities, (n_samples, n_classes)."""
        return self.classifier.predict_proba(self._features_first(X))

    def _features_first(self, X):
        padding = ((0, 0), (0, max(0, self.n_timesteps_ - X.shape[1])), (0, 0))
        X = np.pad(np.nan_to_num(X), padding)[:, : self.n_timesteps_]
        return np.ascontiguousarray(np.swapaxes(X, 1, 2))


def default(random_state):
    """The classifier with its default parameters, behind a scaler."""
    return make_pipeline(
        TimestepTransformer(StandardScaler()),
        AttentionSequenceClassifier(random_state=random_state),
    )


def accurate(random_state):
    """Our configuration for accuracy."""
    return make_accurate_classifier(random_state=random_state)


def narrow(random_state):
    """That configuration with layers of half the width."""
    return make_accurate_classifier(units=32, random_state=random_state)


def ensemble(random_state):
    """Five networks of that configuration."""
    return make_accurate_classifier(n_estimators=5, random_state=random_state)


def differences(random_state):
    """The configuration for accuracy, with differences as further features."""
    return make_accurate_classifier(differences=True, random_state=random_state)


def voting(random_state):
    """Two networks, one of them with differences."""
    kinds = {
        "plain": make_accurate_classifier(random_state=random_state),
        "differences": make_accurate_classifier(differences=True, random_state=random_state),
    }
    return VotingClassifier(list(kinds.items()), voting="soft")


def calibrated(random_state):
    """The configuration for accuracy, its probabilities set right by three more fits."""
    return CalibratedClassifierCV(
        make_accurate_classifier(random_state=random_state),
        method="temperature",
        cv=StratifiedKFold(3, shuffle=True, random_state=0),
        ensemble=False,
    )


def minirocket(random_state):
    """Random convolutions, and a linear classifier."""
    from aeon.classification.convolution_based import MiniRocketClassifier

    n_jobs = joblib.cpu_count()  # those that the process may use, which -1 is not
    return EqualLengths(MiniRocketClassifier(n_jobs=n_jobs, random_state=random_state))


def multirocket_hydra(random_state):
    """More features of more random convolutions, and a linear classifier."""
    from aeon.classification.convolution_based import MultiRocketHydraClassifier

    return EqualLengths(
        MultiRocketHydraClassifier(n_jobs=joblib.cpu_count(), random_state=random_state)
    )


def litemv(random_state):
    """A network of convolutions, trained for 1,500 epochs."""
    from aeon.classification.deep_learning import IndividualLITEClassifier

    # It keeps its best weights in a file, if only for as long as it trains.
    directory = tempfile.gettempdir()
    network = IndividualLITEClassifier(
        use_litemv=True, file_path=f"{directory}/", random_state=random_state
    )
    return EqualLengths(network)


CONTENDERS = {
    "default": Contender(
        "Pipeline of TimestepTransformer(StandardScaler()) and AttentionSequenceClassifier()",
        default,
    ),
    "accurate": Contender("make_accurate_classifier()", accurate),
    "narrow": Contender("make_accurate_classifier(units=32)", narrow),
    "ensemble": Contender("make_accurate_classifier(n_estimators=5)", ensemble),
    "differences": Contender("make_accurate_classifier(differences=True)", differences),
    "voting": Contender(
        "VotingClassifier of make_accurate_classifier() and the same with differences=True", voting
    ),
    "calibrated": Contender(
        "CalibratedClassifierCV(make_accurate_classifier(), method='temperature')", calibrated
    ),
    "MiniRocket": Contender("aeon's MiniRocketClassifier()", minirocket, ("aeon",)),
    "MultiRocket-Hydra": Contender(
        "aeon's MultiRocketHydraClassifier()", multirocket_hydra, ("aeon", "torch")
    ),
    "LITEMV": Contender("aeon's IndividualLITEClassifier(use_litemv=True)", litemv, ("aeon",)),
}
SLOW = {
    "ensemble",
    "differences",
    "voting",
    "calibrated",
    "LITEMV",
}  # only where they are asked for


def choose_contenders(names) -> list[str]:
    """Those of these names, or all but the slow ones whose packages are installed."""
    if names is None:
        return [name for name in CONTENDERS if name not in SLOW and not CONTENDERS[name].missing()]
    for name in names:
        if missing := CONTENDERS[name].missing():
            raise SystemExit(f"{name} needs {' and '.join(missing)}: pip install them.")
    return names
