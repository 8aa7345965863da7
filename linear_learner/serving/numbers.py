"""Numbers in JSON text, read without a Python object for each."""

import threading
from typing import Any, Final

import simdjson

NOT_PLAIN: Final = (ValueError, TypeError, LookupError, AttributeError, RuntimeError)
"""What simdjson raises for text that is not JSON, or does not hold what is looked for."""

_KEPT_FOR: Final = 1 << 20
"""The longest text, in bytes, for which a parser and its memory are kept."""

_threads = threading.local()


def parse(text: bytes) -> Any:  # noqa: ANN401 - JSON may be anything
    """Parse JSON; what is returned has to be given up before the thread's next call.

    Raises
    ------
    One of `NOT_PLAIN`
        If the text is not JSON, or has a number beyond float64 or 64 bits.
    """
    if len(text) > _KEPT_FOR:
        return simdjson.Parser().parse(text)
    parser = getattr(_threads, "parser", None)
    if parser is None:
        # Its memory is touched already: a new parser takes more than twice the time.
        parser = _threads.parser = simdjson.Parser()
    return parser.parse(text)
