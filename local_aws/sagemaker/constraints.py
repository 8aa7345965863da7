"""The constraints that botocore's models state and its own validator does not check.

Lengths, ranges, patterns, enumerations and required members, reported in the
words of AWS.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Final, TypeAlias

from botocore.model import ListShape, MapShape, Shape, StructureShape

Json: TypeAlias = "Mapping[str, Json] | list[Json] | str | int | float | bool | None"

_JAVA_CLASSES: Final = {
    r"\p{Alnum}": "a-zA-Z0-9",
    r"\p{L}": r"\w",
    r"\p{N}": r"\d",
    r"\p{Z}": r" \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000",
}
"""Classes of Java's regular expressions as Python writes them, inside square brackets."""


def violations(value: Json, shape: Shape, path: str = "") -> Iterator[str]:
    """Yield what is wrong with a value; one of another type than the shape's is passed over."""
    match value:
        case Mapping() if isinstance(shape, StructureShape):
            yield from _structure(value, shape, path)
        case Mapping() if isinstance(shape, MapShape):
            yield from _size(len(value), value, shape, path)
            for key, item in value.items():
                yield from violations(key, shape.key, f"{path}.key")
                yield from violations(item, shape.value, _join(path, key))
        case list() if isinstance(shape, ListShape):
            yield from _size(len(value), value, shape, path)
            for number, item in enumerate(value, 1):
                yield from violations(item, shape.member, f"{path}.{number}.member")
        case str() if shape.type_name == "string":
            yield from _string(value, shape, path)
        case int() | float() if shape.type_name in {"integer", "long", "float", "double"}:
            yield from _range(value, shape, path)
        case _:
            pass


def _structure(value: Mapping[str, Json], shape: StructureShape, path: str) -> Iterator[str]:
    for name in shape.required_members:
        if name not in value:
            yield (
                f"Value null at '{_join(path, name)}' failed to satisfy constraint: "
                "Member must not be null"
            )
    for name, member in value.items():
        if name in shape.members:
            yield from violations(member, shape.members[name], _join(path, name))


def _string(value: str, shape: Shape, path: str) -> Iterator[str]:
    allowed: Sequence[str] = shape.metadata.get("enum", ())
    if allowed and value not in allowed:
        yield _broken(value, path, f"Member must satisfy enum value set: [{', '.join(allowed)}]")
    pattern = shape.metadata.get("pattern")
    if pattern and _compiled(pattern).fullmatch(value) is None:
        yield _broken(value, path, f"Member must satisfy regular expression pattern: {pattern}")
    yield from _size(len(value), value, shape, path)


def _size(size: int, value: object, shape: Shape, path: str) -> Iterator[str]:
    for bound, relation in _bounds(size, shape):
        yield _broken(value, path, f"Member must have length {relation} or equal to {bound}")


def _range(value: float, shape: Shape, path: str) -> Iterator[str]:
    for bound, relation in _bounds(value, shape):
        yield _broken(value, path, f"Member must have value {relation} or equal to {bound}")


def _bounds(number: float, shape: Shape) -> Iterator[tuple[float, str]]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None and number < least:
        yield least, "greater than"
    if most is not None and number > most:
        yield most, "less than"


def _broken(value: object, path: str, constraint: str) -> str:
    return f"Value '{value}' at '{path}' failed to satisfy constraint: {constraint}"


def _join(path: str, name: str) -> str:
    """Name a member as AWS's messages do: its first letter small."""
    member = name[:1].lower() + name[1:]
    return f"{path}.{member}" if path else member


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    for java, python in _JAVA_CLASSES.items():
        pattern = pattern.replace(java, python)
    return re.compile(pattern)
