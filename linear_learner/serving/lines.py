"""Lines, however they end."""


def with_plain_line_ends(body: bytes) -> bytes:
    """Return a body whose lines end in a line feed alone."""
    # Looking for two bytes takes much longer than looking for one.
    return body.replace(b"\r\n", b"\n") if b"\r" in body else body
