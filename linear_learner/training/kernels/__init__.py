"""Compiled loops of training: products with records, and updates of weights."""
