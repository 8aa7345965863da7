"""What the parts of the pipeline say to each other, each thing once.

The Lambdas, the state machine, the CLI, the reports and the docs take their
types, names, S3 keys and hyperparameters from here, so that a word means the
same wherever it is met.
"""
