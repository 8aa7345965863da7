"""Evaluate: every test record through the candidate, and what came back."""
