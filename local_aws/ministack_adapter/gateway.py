"""What answers on the port: ministack's application, without its back doors.

ministack serves paths under ``/_ministack/`` without asking for a signature:
one clears all state, one sets its modules' variables, some show messages. Those
that AWS's own protocols need stay (the answers of custom resources, the health
check; the links to a function's code, if they are signed); the others are not
there, as on AWS.
"""

from hypercorn.typing import (
    ASGIReceiveCallable,
    ASGISendCallable,
    HTTPResponseBodyEvent,
    HTTPResponseStartEvent,
    Scope,
)
from ministack import app as ministack_app

from local_aws.ministack_adapter import code_links

_OWN = "/_ministack/"
_NEEDED = tuple(_OWN + path for path in ("health", "cfn-response/", "cfn-signal/"))
_LINKED = tuple(_OWN + path for path in ("lambda-code/", "lambda-layers/"))


async def application(scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
    """Serve one ASGI connection."""
    refused = _refused(scope)
    if refused is None:
        await ministack_app.app(scope, receive, send)
        return
    await send(HTTPResponseStartEvent(type="http.response.start", status=refused, headers=[]))
    await send(HTTPResponseBodyEvent(type="http.response.body", body=b"", more_body=False))


def _refused(scope: Scope) -> int | None:
    """Return the status with which a request is refused, or None."""
    if scope["type"] == "lifespan":
        return None
    path = scope["path"]
    if path.startswith(_LINKED):
        return None if code_links.admits(path, scope["query_string"]) else 403
    return 404 if path.startswith(_OWN) and not path.startswith(_NEEDED) else None
