"""Judging models: metrics, thresholds, and which model is the best."""
