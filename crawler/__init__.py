"""The visitor of portals and the reader of their pages."""
