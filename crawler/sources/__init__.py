"""Doors: everything that is not a live answer becomes the same Capture here."""
