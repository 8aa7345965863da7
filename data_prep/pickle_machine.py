"""The part of pickle's instructions that numpy arrays in tuples and lists are written with.

A pickle is a program, and `pickle` runs it: even with a restricted
``find_class`` it would hand the file's own values to numpy's ``__setstate__``,
and lets the file size its memo. So the few instructions that are needed, of
protocols 2 to 5, are carried out here, and any other ends the reading. Nothing
is ever imported; what a name, a call and a state mean is up to a subclass.
"""

import pickle
import struct
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, Final, cast

from data_prep.dataset_file import DatasetFile
from data_prep.errors import DamagedDatasetError, UnsafePickleError

PICKLE_MAGIC: Final = pickle.PROTO
"""The first byte of every pickle since protocol 2."""

MOST_INSTRUCTIONS: Final = 10_000
"""How long a pickle may be: six arrays take about 150 instructions."""

LONGEST_NAME: Final = 100


class PickleMachine(ABC):
    """Carries out a pickle's instructions.

    Parameters
    ----------
    file
        The pickle, from its beginning.
    """

    def __init__(self, file: DatasetFile) -> None:
        self.file = file
        self._stack: list[object] = []
        self._marks: list[int] = []
        self._memo: dict[int, object] = {}

    @abstractmethod
    def resolve(self, name: str) -> object:
        """Return what stands for ``module.name``, or refuse it."""

    @abstractmethod
    def call(self, function: object, arguments: tuple[object, ...]) -> object:
        """Return what a call gives, or refuse it."""

    @abstractmethod
    def set_state(self, target: object, state: tuple[object, ...]) -> None:
        """Give something its state, or refuse it."""

    def run(self) -> object:
        """Carry out all instructions and return what they leave.

        Raises
        ------
        UnsafePickleError
            If there is another instruction, or there are too many.
        DamagedDatasetError
            If the pickle contradicts itself or is cut off.
        """
        for _ in range(MOST_INSTRUCTIONS):
            opcode = self.file.read(1)
            if opcode == pickle.STOP:
                return self.pop()
            instruction = _INSTRUCTIONS.get(opcode)
            if instruction is None:
                raise self.unsafe(f"uses the instruction {opcode!r}")
            instruction(self)
        raise self.unsafe(f"has more than {MOST_INSTRUCTIONS} instructions")

    def unsafe(self, fault: str) -> UnsafePickleError:
        """Make the error for what no pickle of arrays does."""
        return UnsafePickleError(
            f"{self.file.name} {fault}: only a pickle of numpy arrays of numbers is read"
        )

    def damaged(self, fault: str) -> DamagedDatasetError:
        """Make the error for what no pickle at all does."""
        return DamagedDatasetError(f"{self.file.name} is a damaged pickle: {fault}")

    def push(self, value: object) -> None:
        """Put a value on the stack."""
        self._stack.append(value)

    def pop(self) -> object:
        """Take a value from the stack."""
        if len(self._stack) <= (self._marks[-1] if self._marks else 0):
            raise self.damaged("an instruction lacks its operand")
        return self._stack.pop()

    def pop_many(self, count: int) -> tuple[object, ...]:
        """Take values from the stack, in the order in which they were put there."""
        return tuple(reversed([self.pop() for _ in range(count)]))

    def pop_tuple(self) -> tuple[object, ...]:
        """Take a tuple from the stack."""
        value = self.pop()
        if not isinstance(value, tuple):
            raise self.unsafe("calls with, or sets, what is no tuple")
        return cast("tuple[object, ...]", value)

    def mark(self) -> None:
        """Remember the height of the stack."""
        self._marks.append(len(self._stack))

    def pop_to_mark(self) -> tuple[object, ...]:
        """Take all values above the last mark from the stack."""
        if not self._marks:
            raise self.damaged("an instruction lacks its mark")
        items = self.pop_many(len(self._stack) - self._marks[-1])
        self._marks.pop()
        return items

    def extend_list(self, items: tuple[object, ...]) -> None:
        """Append to the list on the stack."""
        target = self.pop()
        if not isinstance(target, list):
            raise self.damaged("something is appended to what is no list")
        elements = cast("list[object]", target)
        elements.extend(items)
        self.push(elements)

    def store(self, index: int | None = None) -> None:
        """Keep what is on the stack, under the next index if there is none."""
        value = self.pop()
        self._memo[len(self._memo) if index is None else index] = value
        self.push(value)

    def recall(self, index: int) -> None:
        """Put what was kept on the stack."""
        if index not in self._memo:
            raise self.damaged("it refers to what it has not stored")
        self.push(self._memo[index])

    def number(self, layout: str) -> int:
        """Return the number that follows in the file."""
        return struct.unpack(layout, self.file.read(struct.calcsize(layout)))[0]

    def data(self, layout: str) -> bytes:
        """Return the bytes that follow in the file, behind their number."""
        size = self.number(layout)
        if size < 0:
            raise self.damaged(f"a string of {size} bytes")
        return self.file.read(size)

    def text(self, layout: str) -> str:
        """Return the text that follows in the file, behind its number of bytes."""
        try:
            return self.data(layout).decode("utf-8", "surrogatepass")
        except UnicodeDecodeError as error:
            raise self.damaged("a string is not UTF-8") from error

    def name_in_file(self) -> None:
        """Resolve the name in the next two lines of the file."""
        module, name = (self.file.read_line(LONGEST_NAME).decode("latin-1") for _ in range(2))
        self.push(self.resolve(f"{module}.{name}"))

    def name_on_stack(self) -> None:
        """Resolve the name whose two parts are on the stack."""
        module, name = self.pop_many(2)
        if not isinstance(name, str) or not isinstance(module, str):
            raise self.damaged("a name is not a string")
        self.push(self.resolve(f"{module}.{name}"))

    def reduce(self) -> None:
        """Call the function on the stack."""
        arguments, function = self.pop_tuple(), self.pop()
        self.push(self.call(function, arguments))

    def build(self) -> None:
        """Give what is on the stack its state."""
        state, target = self.pop_tuple(), self.pop()
        self.set_state(target, state)
        self.push(target)


def _long(machine: PickleMachine) -> int:
    return int.from_bytes(machine.data("<B"), "little", signed=True)


_INSTRUCTIONS: Final[dict[bytes, Callable[[PickleMachine], Any]]] = {
    pickle.PROTO: lambda m: m.number("<B"),
    pickle.FRAME: lambda m: m.number("<Q"),
    pickle.NONE: lambda m: m.push(None),
    pickle.NEWTRUE: lambda m: m.push(True),
    pickle.NEWFALSE: lambda m: m.push(False),
    pickle.BININT: lambda m: m.push(m.number("<i")),
    pickle.BININT1: lambda m: m.push(m.number("<B")),
    pickle.BININT2: lambda m: m.push(m.number("<H")),
    pickle.LONG1: lambda m: m.push(_long(m)),
    pickle.BINSTRING: lambda m: m.push(m.data("<i")),
    pickle.SHORT_BINSTRING: lambda m: m.push(m.data("<B")),
    pickle.BINBYTES: lambda m: m.push(m.data("<I")),
    pickle.SHORT_BINBYTES: lambda m: m.push(m.data("<B")),
    pickle.BINBYTES8: lambda m: m.push(m.data("<Q")),
    pickle.BYTEARRAY8: lambda m: m.push(m.data("<Q")),
    pickle.BINUNICODE: lambda m: m.push(m.text("<I")),
    pickle.SHORT_BINUNICODE: lambda m: m.push(m.text("<B")),
    pickle.BINUNICODE8: lambda m: m.push(m.text("<Q")),
    pickle.MARK: PickleMachine.mark,
    pickle.EMPTY_TUPLE: lambda m: m.push(()),
    pickle.TUPLE: lambda m: m.push(m.pop_to_mark()),
    pickle.TUPLE1: lambda m: m.push(m.pop_many(1)),
    pickle.TUPLE2: lambda m: m.push(m.pop_many(2)),
    pickle.TUPLE3: lambda m: m.push(m.pop_many(3)),
    pickle.EMPTY_LIST: lambda m: m.push([]),
    pickle.APPEND: lambda m: m.extend_list(m.pop_many(1)),
    pickle.APPENDS: lambda m: m.extend_list(m.pop_to_mark()),
    pickle.BINPUT: lambda m: m.store(m.number("<B")),
    pickle.LONG_BINPUT: lambda m: m.store(m.number("<I")),
    pickle.MEMOIZE: PickleMachine.store,
    pickle.BINGET: lambda m: m.recall(m.number("<B")),
    pickle.LONG_BINGET: lambda m: m.recall(m.number("<I")),
    pickle.GLOBAL: PickleMachine.name_in_file,
    pickle.STACK_GLOBAL: PickleMachine.name_on_stack,
    pickle.REDUCE: PickleMachine.reduce,
    pickle.BUILD: PickleMachine.build,
}
"""Source of their meaning: the standard library's `pickletools`."""
