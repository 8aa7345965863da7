"""What a request to an endpoint may hold: Evaluate and the CLI keep to it alike."""

from typing import Final

MAXIMUM_BODY_BYTES: Final = 5_000_000
"""Of one request. InvokeEndpoint admits 6,291,456; the container's side is told "under 6 MB"."""
