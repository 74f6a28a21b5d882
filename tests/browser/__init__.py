"""The reading room in a real browser: Debian's Chromium, driven by playwright from its own environment."""
