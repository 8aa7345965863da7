"""Memory that requests have freed."""

import ctypes
from typing import Final

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
"""Names of `mallopt`'s parameters, from glibc's malloc.h."""

_KEPT: Final = 64 << 20
_LARGEST_KEPT: Final = 32 << 20
"""Bytes; glibc admits no more for one block."""


def keep_freed_memory() -> None:
    """Let this process keep some of the memory that it frees, where its C library is glibc.

    A request of a few hundred kilobytes would otherwise give its memory back
    to the system, and the next one would touch it page by page again: that is
    two fifths of the time of a CSV request.
    """
    library = ctypes.CDLL(None)
    if hasattr(library, "mallopt"):
        library.mallopt(_TRIM_THRESHOLD, _KEPT)
        library.mallopt(_MMAP_THRESHOLD, _LARGEST_KEPT)
