"""Links to the code of functions and layers.

What AWS does: the link that GetFunction gives is signed, and holds for ten minutes.
What ministack does: it writes a constant in the signature's place, asks nobody
for it, and gives the code to whoever knows a function's name. Its links are of
plain HTTP, where nothing answers.
"""

import hmac
import secrets
import time
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from ministack.services import lambda_svc

from local_aws.ministack_adapter.patch import replace

_VALID_SECONDS: Final = 600
_KEY: Final = secrets.token_bytes(32)


def install() -> None:
    """Correct ministack's links."""
    replace(lambda_svc, "_presigned_code_url", _presigned_code_url)
    replace(lambda_svc, "_layer_content_url", _layer_content_url)


def admits(path: str, query: bytes) -> bool:
    """Whether a request follows a link that was given, and still holds."""
    given = parse_qs(query.decode("ascii", errors="replace"))
    expires, signature = given.get("Expires", [""])[0], given.get("Signature", [""])[0]
    expected = _signature(path, expires)
    return hmac.compare_digest(signature.encode(), expected.encode()) and time.time() < int(expires)


def _presigned_code_url(original: Any, func_name: str) -> str:
    return _signed(original(func_name))


def _layer_content_url(original: Any, layer_name: str, version: int) -> str:
    return _signed(original(layer_name, version))


def _signed(url: str) -> str:
    place = urlsplit(url)
    expires = str(int(time.time()) + _VALID_SECONDS)
    query = f"Expires={expires}&Signature={_signature(place.path, expires)}"
    return place._replace(scheme="https", query=query).geturl()


def _signature(path: str, expires: str) -> str:
    return hmac.digest(_KEY, f"{path} {expires}".encode(), "sha256").hex()
