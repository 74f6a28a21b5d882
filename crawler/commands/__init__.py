"""The verbs of ``portal-archive``, one file for each kind of job."""
