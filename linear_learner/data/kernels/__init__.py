"""Compiled loops over the bytes of files and the rows of matrices."""
