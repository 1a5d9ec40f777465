"""Sequences as users pass them, in whatever holds them: read and checked."""
