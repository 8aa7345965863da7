"""An AWS on the laptop: what the stack uses of it, TLS and IAM on, with a working SageMaker."""
