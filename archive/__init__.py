"""What was seen, kept and found again: captures, articles, their history and their search."""
