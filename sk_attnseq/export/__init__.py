"""Fitted estimators for servers, and in formats that other languages and runtimes read."""

from sk_attnseq.export._for_prediction import for_prediction
from sk_attnseq.export._onnx import to_onnx

__all__ = ["for_prediction", "to_onnx"]
