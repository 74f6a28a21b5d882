"""Measurements on real parts: ``make bench`` prints every figure the documents claim."""
