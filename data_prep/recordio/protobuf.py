"""One record's protobuf message: where its values, keys and shape lie.

Follows the protobuf encoding: fields in any order, repeated fields packed or
not, unknown fields skipped, the last of a oneof and of equal map keys counts.
Nothing is decoded here but tags and lengths.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from data_prep.recordio.varints import MAXIMUM_LENGTH
from data_prep.recordio.wire import (
    BYTES,
    ENTRY_KEY,
    ENTRY_VALUE,
    FIXED32,
    FIXED64,
    FLOAT32_TENSOR,
    FLOAT64_TENSOR,
    GROUP_END,
    GROUP_START,
    INT32_TENSOR,
    LENGTH_DELIMITED,
    RECORD_FEATURES,
    RECORD_LABEL,
    TENSOR_KEYS,
    TENSOR_NAME,
    TENSOR_SHAPE,
    TENSOR_VALUES,
    VARINT,
    RecordIOError,
)

_LARGEST_FIELD: Final = (1 << 29) - 1
_VALUE_WIRE_TYPE: Final = {
    FLOAT32_TENSOR: FIXED32,
    FLOAT64_TENSOR: FIXED64,
    INT32_TENSOR: VARINT,
}
_WIRE_SIZES: Final = {GROUP_START: 0, GROUP_END: 0, FIXED32: 4, FIXED64: 8}

Span = tuple[int, int]
"""Beginning and end of some bytes in the buffer."""


class Field(NamedTuple):
    """A field of a message, and where its content lies."""

    number: int
    wire_type: int
    start: int
    end: int


@dataclass(slots=True)
class Tensor:
    """A tensor, still encoded: its bytes are those of the spans, one behind the other."""

    kind: int = 0
    values: list[Span] = field(default_factory=list[Span])
    keys: list[Span] = field(default_factory=list[Span])
    shape: list[Span] = field(default_factory=list[Span])


class Record(NamedTuple):
    """The two tensors of a record that the built-in algorithms read."""

    features: Tensor | None
    label: Tensor | None


def parse_record(buffer: memoryview, start: int, end: int) -> Record:
    """Find the tensors of the record in ``buffer[start:end]``.

    Raises
    ------
    RecordIOError
        If that is not a protobuf message.
    """
    tensors: dict[int, Tensor] = {}
    for entry in _fields(buffer, start, end):
        if entry.number in (RECORD_FEATURES, RECORD_LABEL) and entry.wire_type == LENGTH_DELIMITED:
            name, tensor = _parse_entry(buffer, entry.start, entry.end)
            if name == TENSOR_NAME:
                tensors[entry.number] = tensor
    return Record(tensors.get(RECORD_FEATURES), tensors.get(RECORD_LABEL))


def _parse_entry(buffer: memoryview, start: int, end: int) -> tuple[bytes, Tensor]:
    name, tensor = b"", Tensor()
    for part in _fields(buffer, start, end):
        if part.wire_type != LENGTH_DELIMITED:
            continue
        if part.number == ENTRY_KEY:
            name = bytes(buffer[part.start : part.end])
        elif part.number == ENTRY_VALUE:
            tensor = _merge_value(tensor, buffer, part.start, part.end)
    return name, tensor


def _merge_value(tensor: Tensor, buffer: memoryview, start: int, end: int) -> Tensor:
    for choice in _fields(buffer, start, end):
        if choice.wire_type != LENGTH_DELIMITED:
            continue
        if choice.number == BYTES:
            tensor = Tensor(BYTES)
        elif choice.number in _VALUE_WIRE_TYPE:
            if choice.number != tensor.kind:
                tensor = Tensor(choice.number)
            _merge_tensor(tensor, buffer, choice.start, choice.end)
    return tensor


def _merge_tensor(tensor: Tensor, buffer: memoryview, start: int, end: int) -> None:
    for part in _fields(buffer, start, end):
        if part.number == TENSOR_VALUES:
            element, spans = _VALUE_WIRE_TYPE[tensor.kind], tensor.values
        elif part.number == TENSOR_KEYS:
            element, spans = VARINT, tensor.keys
        elif part.number == TENSOR_SHAPE:
            element, spans = VARINT, tensor.shape
        else:
            continue
        if part.wire_type in (element, LENGTH_DELIMITED) and part.end > part.start:
            _check_packed(buffer, part, element)
            spans.append((part.start, part.end))


def _check_packed(buffer: memoryview, part: Field, element: int) -> None:
    """Refuse a packed field that does not end where one of its elements ends."""
    if element == VARINT:
        if buffer[part.end - 1] >= 0x80:
            raise RecordIOError(part.end, "a packed field ends within an integer")
    elif (part.end - part.start) % _WIRE_SIZES[element]:
        raise RecordIOError(part.end, "a packed field ends within a number")


def _fields(buffer: memoryview, position: int, end: int) -> Iterator[Field]:
    """Go through the fields of the message in ``buffer[position:end]``, groups left out."""
    while position < end:
        found = _field(buffer, position, end)
        position = found.end
        if found.wire_type == GROUP_START:
            position = _group_end(buffer, found, end)
        elif found.wire_type == GROUP_END:
            raise RecordIOError(found.start, f"group {found.number} ends without a beginning")
        else:
            yield found


def _group_end(buffer: memoryview, group: Field, end: int) -> int:
    """Find the end of a group: an old form of message, always unknown here."""
    open_groups = [group.number]
    position = group.end
    while open_groups:
        found = _field(buffer, position, end)
        position = found.end
        if found.wire_type == GROUP_START:
            open_groups.append(found.number)
        elif found.wire_type == GROUP_END and open_groups.pop() != found.number:
            raise RecordIOError(found.start, f"group {found.number} ends within another")
    return position


def _field(buffer: memoryview, position: int, end: int) -> Field:
    key, start = _varint(buffer, position, end)
    number, wire_type = key >> 3, key & 7
    if not 1 <= number <= _LARGEST_FIELD:
        raise RecordIOError(position, f"{number} is not a protobuf field number")
    if wire_type == LENGTH_DELIMITED:
        size, start = _varint(buffer, start, end)
        stop = start + size
    elif wire_type == VARINT:
        stop = _varint(buffer, start, end)[1]
    elif wire_type in _WIRE_SIZES:
        stop = start + _WIRE_SIZES[wire_type]
    else:
        raise RecordIOError(position, f"{wire_type} is not a protobuf wire type")
    if stop > end:
        raise RecordIOError(position, f"field {number} goes beyond the end of its message")
    return Field(number, wire_type, start, stop)


def _varint(buffer: memoryview, position: int, end: int) -> tuple[int, int]:
    """Decode the integer at ``position``, and say where it ends."""
    if position < end and buffer[position] < 0x80:
        return buffer[position], position + 1
    value = 0
    for place, byte in enumerate(buffer[position : min(end, position + MAXIMUM_LENGTH)]):
        value |= (byte & 0x7F) << 7 * place
        if byte < 0x80:
            return value & 0xFFFF_FFFF_FFFF_FFFF, position + place + 1
    raise RecordIOError(position, "an integer is longer than its message or than 64 bits")
