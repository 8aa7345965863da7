"""What a dataset is refused for: each class tells its kind, the message names file and reason."""


class DatasetError(ValueError):
    """A dataset that cannot be used."""


class IncompleteDatasetError(DatasetError):
    """A file of the dataset is missing, or there are two of one kind."""


class EmptyDatasetError(DatasetError):
    """A file without content, or a split without records."""


class DamagedDatasetError(DatasetError):
    """A file that is cut off, or whose compression or structure is broken."""


class OversizedDatasetError(DatasetError):
    """A compressed file that grows beyond all measure."""


class NotADatasetError(DatasetError):
    """A file of another kind than any that is read here."""


class UnsafePickleError(DatasetError):
    """A pickle that asks for anything else than numpy arrays."""


class InvalidRecordsError(DatasetError):
    """Records whose values cannot be learnt from.

    Attributes
    ----------
    split
        ``train``, ``validation`` or ``test``.
    record
        The first record at fault, counted from 0; None where it is the whole split.
    """

    def __init__(self, split: str, record: int | None, reason: str) -> None:
        where = split if record is None else f"{split}, record {record}"
        super().__init__(f"{where}: {reason}")
        self.split = split
        self.record = record
