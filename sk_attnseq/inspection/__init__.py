"""What a fitted network learned: where it looks, what it needs, why, how its training went.

Functions and displays accept a fitted classifier, regressor, ensemble or `RecordingClassifier`,
alone or in a pipeline, search, threshold classifier, `TransformedTargetRegressor` or frozen
estimator. They inspect the network as it is when they are called. Its sequences are those that
reach it: those that the steps of a pipeline return, or the windows of a `RecordingClassifier`.

Displays work like scikit-learn's: ``from_estimator`` measures and plots, the constructor accepts
arrays, and ``plot`` draws, also on given axes. They need matplotlib (``pip install matplotlib``).
"""

from sk_attnseq.inspection._attention_display import AttentionDisplay
from sk_attnseq.inspection._history_display import TrainingHistoryDisplay
from sk_attnseq.inspection._importance import feature_importance, timestep_importance
from sk_attnseq.inspection._importance_display import ImportanceDisplay
from sk_attnseq.inspection._integrated_gradients import integrated_gradients
from sk_attnseq.inspection._integrated_gradients_display import IntegratedGradientsDisplay
from sk_attnseq.inspection._profile_display import AttentionProfileDisplay
from sk_attnseq.inspection._recording_display import RecordingDisplay
from sk_attnseq.inspection._sample_display import SampleAttentionDisplay

__all__ = [
    "AttentionDisplay",
    "AttentionProfileDisplay",
    "ImportanceDisplay",
    "IntegratedGradientsDisplay",
    "RecordingDisplay",
    "SampleAttentionDisplay",
    "TrainingHistoryDisplay",
    "feature_importance",
    "integrated_gradients",
    "timestep_importance",
]
