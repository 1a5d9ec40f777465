"""Long tables, one row a timestep, to sequences and back."""

from sk_attnseq.sequences._long_tables import from_long, to_long

__all__ = ["from_long", "to_long"]
