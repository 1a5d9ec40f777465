"""Fitted classifiers in formats that other languages and runtimes read."""

from sk_attnseq.export._onnx import to_onnx

__all__ = ["to_onnx"]
