"""What was seen, kept and found again: captures, articles, their history and their search."""

__version__ = "0.1.0"
