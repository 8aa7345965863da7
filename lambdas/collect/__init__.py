"""Collect: delete what no endpoint needs and no running execution owns."""
