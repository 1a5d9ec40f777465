"""What sequences go through before they are classified."""

from sk_attnseq.preprocessing._difference_features import DifferenceFeatures
from sk_attnseq.preprocessing._heavy_tail_scaler import HeavyTailScaler
from sk_attnseq.preprocessing._sequence_imputer import SequenceImputer
from sk_attnseq.preprocessing._sequence_scaler import SequenceScaler
from sk_attnseq.preprocessing._timestep_transformer import TimestepTransformer

__all__ = [
    "DifferenceFeatures",
    "HeavyTailScaler",
    "SequenceImputer",
    "SequenceScaler",
    "TimestepTransformer",
]
