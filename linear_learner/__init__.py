"""An open Linear Learner behind SageMaker's container contract.

``python -m linear_learner train|serve`` reads and writes the files, formats,
log lines and answers of Amazon's built-in algorithm. `linear_learner.training.fit`
trains from arrays.
"""
