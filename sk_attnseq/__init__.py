"""Classify sequences with LSTM and attention networks, as a scikit-learn estimator."""

from sk_attnseq._classifier import AttentionSequenceClassifier
from sk_attnseq._seed_program import attention_mechanism_for_sequences
from sk_attnseq._version import __version__ as __version__

__all__ = ["AttentionSequenceClassifier", "attention_mechanism_for_sequences"]
