"""Classify sequences, or predict numbers from them, with LSTM and attention networks."""

from sk_attnseq._attention_mechanism import attention_mechanism_for_sequences
from sk_attnseq._classifier import AttentionSequenceClassifier
from sk_attnseq._regressor import AttentionSequenceRegressor
from sk_attnseq._version import __version__ as __version__

__all__ = [
    "AttentionSequenceClassifier",
    "AttentionSequenceRegressor",
    "attention_mechanism_for_sequences",
]
