"""Ranges of S3 objects.

What AWS does: it reads the bytes that a request asks for.
What ministack does: it reads the whole object from disk for each range, so
that a download in parts takes the square of its time, and memory for all of it.
"""

from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ministack.services import s3

from local_aws.ministack_adapter.patch import replace

Json = dict[str, Any]

_ranged: Final[ContextVar[bool]] = ContextVar("ranged", default=False)
"""Whether the request at hand asks for a range."""


@dataclass(frozen=True, slots=True)
class StoredBody:
    """An object's body on disk, of which a slice is read when it is taken."""

    path: Path

    def __getitem__(self, wanted: slice) -> bytes:
        """Return the bytes from ``wanted.start`` up to ``wanted.stop``."""
        with self.path.open("rb") as file:
            file.seek(wanted.start)
            return file.read(wanted.stop - wanted.start)


def install() -> None:
    """Correct ministack's reading of ranges."""
    replace(s3, "_get_object", _get_object)
    replace(s3, "_read_body", _read_body)


def _get_object(
    original: Any,
    bucket_name: str,
    key: str,
    headers: Mapping[str, str],
    query_params: Json | None = None,
) -> Any:
    token = _ranged.set(bool(headers.get("range")))
    try:
        return original(bucket_name, key, headers, query_params)
    finally:
        _ranged.reset(token)


def _read_body(original: Any, bucket_name: str, key: str, obj: Json) -> Any:
    path = s3._object_disk_path(bucket_name, key)
    if _ranged.get() and obj.get("body") is None and path is not None:
        return StoredBody(Path(path))
    return original(bucket_name, key, obj)
