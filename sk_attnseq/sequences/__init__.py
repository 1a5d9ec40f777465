"""Sequences of long tables, windows of recordings, and the ways back."""

from sk_attnseq.sequences._long_tables import from_long, to_long
from sk_attnseq.sequences._timelines import to_timeline
from sk_attnseq.sequences._windows import make_windows

__all__ = ["from_long", "make_windows", "to_long", "to_timeline"]
