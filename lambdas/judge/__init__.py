"""Judge: whether a gate is passed."""
