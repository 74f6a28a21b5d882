"""Telling people and machines how a run went: text, page, ping, webhook, mail, metrics."""
