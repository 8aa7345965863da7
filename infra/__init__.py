"""What is provisioned: one construct a file, wired by the one stack."""
