"""Prepare: the dataset inspected, labelled, shuffled and written as shards."""
