"""Errors that are the customer's to mend."""


class ClientError(Exception):
    """Bad data, hyperparameters or configuration; the text says which and what is expected."""
