"""Ingest: keep the dataset in the pipeline's own bucket, under its checksum."""
