"""What SageMaker means by a ``ValidationException``: it has one code for many things.

Its API models neither "not found" nor "busy" for endpoints, configs and
models, so only the text tells them from each other.
"""

from typing import Final

from botocore.exceptions import ClientError

_MISSING: Final = ("Could not find", "Requested resource not found")
_BUSY: Final = ("Cannot update in-progress endpoint", "Cannot create already existing endpoint")


def is_missing(error: ClientError) -> bool:
    """Tell whether the endpoint, endpoint config, model or training job does not exist."""
    code, message = _details(error)
    return code == "ResourceNotFound" or (
        code == "ValidationException" and message.startswith(_MISSING)
    )


def is_busy(error: ClientError) -> bool:
    """Tell whether an endpoint is changing, or somebody else was quicker: look again."""
    code, message = _details(error)
    return code == "ValidationException" and message.startswith(_BUSY)


def is_over(error: ClientError) -> bool:
    """Tell whether a training job that is to be stopped has ended by itself."""
    code, message = _details(error)
    return code == "ValidationException" and "training job is in status" in message


def _details(error: ClientError) -> tuple[str, str]:
    details = error.response.get("Error", {})
    return details.get("Code", ""), details.get("Message", "")
