"""What a request is refused with."""

from http import HTTPStatus


class RequestError(Exception):
    """A request that is not answered; the text says why, and what is expected."""

    status = HTTPStatus.BAD_REQUEST


class PayloadError(RequestError):
    """A body that cannot be evaluated."""

    def __init__(self, reason: str) -> None:
        # These words are the built-in algorithm's; it says no more than them.
        super().__init__(f"unable to evaluate payload provided: {reason}")


class ContentTypeError(RequestError):
    """A content type that is not one of the algorithm's."""

    status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE


class AcceptError(RequestError):
    """An Accept header that names no format in which there are answers."""

    status = HTTPStatus.NOT_ACCEPTABLE


class PayloadSizeError(RequestError):
    """A body, or what is to be answered to it, that is too large."""

    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE


class PayloadTimeError(RequestError):
    """A body that takes too long to arrive."""

    status = HTTPStatus.REQUEST_TIMEOUT


class BusyError(RequestError):
    """A body for which there is no memory at the moment."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
