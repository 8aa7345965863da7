"""The pipeline's functions: a folder each, with a thin ``handler.py`` and the logic beside it."""
