"""What answers on the port: ministack's application, without its back doors.

ministack serves paths under ``/_ministack/`` without asking for a signature:
one clears all state, one sets its modules' variables, some show messages. Those
that AWS's own protocols need stay (the answers of custom resources, the links
to a function's code, the health check); the others are not there, as on AWS.
"""

from hypercorn.typing import (
    ASGIReceiveCallable,
    ASGISendCallable,
    HTTPResponseBodyEvent,
    HTTPResponseStartEvent,
    Scope,
)
from ministack import app as ministack_app

_OWN = "/_ministack/"
_NEEDED = tuple(
    _OWN + path
    for path in ("health", "cfn-response/", "cfn-signal/", "lambda-code/", "lambda-layers/")
)


async def application(scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
    """Serve one ASGI connection."""
    path = "" if scope["type"] == "lifespan" else scope["path"]
    if path.startswith(_OWN) and not path.startswith(_NEEDED):
        await send(HTTPResponseStartEvent(type="http.response.start", status=404, headers=[]))
        await send(HTTPResponseBodyEvent(type="http.response.body", body=b"", more_body=False))
        return
    await ministack_app.app(scope, receive, send)
