"""How the files of a channel are to be read: its entry in ``inputdataconfig.json``."""

from dataclasses import dataclass
from typing import Final, Literal, cast, get_args

from linear_learner.errors import ClientError
from linear_learner.json_objects import as_object

Format = Literal["application/x-recordio-protobuf", "text/csv"]
InputMode = Literal["File", "FastFile", "Pipe"]

FORMATS: Final[tuple[Format, ...]] = get_args(Format)
INPUT_MODES: Final[tuple[InputMode, ...]] = get_args(InputMode)


@dataclass(frozen=True, slots=True)
class ChannelConfig:
    """A channel's content type and input mode.

    Attributes
    ----------
    format
        recordIO-protobuf (dense or sparse: the records tell), or CSV with the
        label in the first column and no header.
    mode
        File and FastFile: a folder of files. Pipe: a FIFO for each pass.
    """

    format: Format = "application/x-recordio-protobuf"
    mode: InputMode = "File"


def read_config(name: str, value: object) -> ChannelConfig:
    """Read a channel's entry.

    Without a content type, a channel is recordIO-protobuf.

    Raises
    ------
    ClientError
        If content type, input mode or wrapper is none that the learner takes.
    """
    given = as_object(value)
    if given is None:
        raise ClientError(f"channel {name}: expected a JSON object")
    mode = given.get("TrainingInputMode", "File")
    if mode not in INPUT_MODES:
        raise ClientError(f"channel {name}: input mode {mode!r}: expected {', '.join(INPUT_MODES)}")
    wrapper = given.get("RecordWrapperType") or "None"
    if wrapper != "None":
        raise ClientError(
            f"channel {name}: record wrapper {wrapper!r}: expected 'None', "
            "since recordIO-protobuf has frames of its own"
        )
    content_type = given.get("ContentType") or FORMATS[0]
    return ChannelConfig(_format(name, str(content_type)), mode)


def _format(name: str, content_type: str) -> Format:
    base, *parameters = (part.strip() for part in content_type.split(";"))
    if base.lower() not in FORMATS:
        raise ClientError(
            f"channel {name}: content type {content_type!r}: expected {' or '.join(FORMATS)}"
        )
    for parameter in filter(None, parameters):
        key, _, value = (part.strip().lower() for part in parameter.partition("="))
        # Others, such as charset, change nothing: numbers are ASCII.
        if key == "label_size" and value != "1":
            raise ClientError(
                f"channel {name}: content type {content_type!r}: expected label_size=1, "
                "a label in the first column"
            )
    return cast("Format", base.lower())
