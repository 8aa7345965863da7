"""Where records stand, for errors that people can act upon."""

from dataclasses import dataclass, replace

from linear_learner.errors import ClientError


@dataclass(frozen=True, slots=True)
class Place:
    """Some records of a channel, one behind the other.

    Attributes
    ----------
    channel
        The channel's name.
    file
        The file, relative to the channel's folder; or the name of a FIFO.
    record
        How many records of the file stand before.
    offset
        How many bytes of the file stand before.
    """

    channel: str
    file: str
    record: int = 0
    offset: int = 0

    def after(self, records: int, size: int) -> "Place":
        """Return the place behind some records."""
        return replace(self, record=self.record + records, offset=self.offset + size)

    def refuse(self, record: int, reason: str) -> ClientError:
        """Make the error for one of the records, counted from the first one here."""
        return ClientError(
            f"channel {self.channel}, file {self.file}, record {self.record + record}: {reason}"
        )
