"""Classify sequences with LSTM and attention networks, as a scikit-learn estimator."""

from sk_attnseq._classifier import AttentionSequenceClassifier
from sk_attnseq._seed_program import attention_mechanism_for_sequences

__version__ = "0.1.0"

__all__ = ["AttentionSequenceClassifier", "attention_mechanism_for_sequences"]
