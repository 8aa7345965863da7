"""The code of a function is given by a link that was given before, and by no other."""

import io
import zipfile

import pytest
import urllib3

from tests.e2e.adapter.account import Account

CODE = "def handler(event, context):\n    return 'secret'\n"


def fetched(account: Account, url: str) -> tuple[int, bytes]:
    answer = urllib3.PoolManager(ca_certs=account.variables["AWS_CA_BUNDLE"]).request("GET", url)
    return answer.status, answer.data


def link(account: Account) -> str:
    function = account.functions.get_function(FunctionName=account.function(CODE))
    return function["Code"].get("Location", "")


def test_the_code_of_a_function_needs_a_signed_link(corrected: Account, plain: Account) -> None:
    signed = link(corrected)
    status, content = fetched(corrected, signed)
    with zipfile.ZipFile(io.BytesIO(content)) as bundle:
        code = [bundle.read(name).decode() for name in bundle.namelist()]

    assert (status, code) == (200, [CODE])
    assert fetched(corrected, signed.split("?")[0]) == (403, b"")
    unsigned = link(plain).split("?")[0].replace("http:", "https:")
    assert fetched(plain, unsigned)[0] == 200, "ministack asks for a signature now"


@pytest.mark.parametrize(
    "ending", ["Expires=", "Expires=x", "Expires=99999999999", "Signature=", "Signature=%C3%A4"]
)
def test_a_link_cannot_be_made_up(corrected: Account, ending: str) -> None:
    url, _, signature = link(corrected).partition("&")

    assert fetched(corrected, f"{url.split('?')[0]}?{ending}&{signature}")[0] == 403


def test_a_link_is_of_one_function(corrected: Account) -> None:
    place, _, query = link(corrected).partition("?")
    other = link(corrected).partition("?")[0]

    assert other != place
    assert fetched(corrected, f"{other}?{query}")[0] == 403
