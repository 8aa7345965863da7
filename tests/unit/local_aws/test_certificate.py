import ssl
import stat
from pathlib import Path

import pytest
import trustme

from local_aws.certificate import tls_files


def _certificates(bundle: Path) -> set[bytes]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(bundle)
    return set(context.get_ca_certs(binary_form=True))


def test_a_second_call_returns_the_same_certificate(tmp_path: Path) -> None:
    first = tls_files(tmp_path).server.read_bytes()

    assert tls_files(tmp_path).server.read_bytes() == first


def test_the_servers_key_is_its_owners_alone(tmp_path: Path) -> None:
    mode = tls_files(tmp_path).server.stat().st_mode

    assert stat.S_IMODE(mode) == 0o600


def test_the_authoritys_key_is_not_kept(tmp_path: Path) -> None:
    files = tls_files(tmp_path)

    keys = [
        path.name for path in files.server.parent.iterdir() if b"PRIVATE KEY" in path.read_bytes()
    ]

    assert keys == [files.server.name]


def test_the_bundle_holds_the_systems_roots_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    system = tmp_path / "system.pem"
    trustme.CA().cert_pem.write_to_path(str(system))
    monkeypatch.setenv("SSL_CERT_FILE", str(system))

    files = tls_files(tmp_path / "state")

    assert _certificates(files.bundle) == _certificates(system) | _certificates(files.authority)


def test_the_bundle_does_not_grow_when_it_is_the_systems_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = tls_files(tmp_path)
    before = files.bundle.read_bytes()
    monkeypatch.setenv("SSL_CERT_FILE", str(files.bundle))

    assert tls_files(tmp_path).bundle.read_bytes() == before


def test_a_folder_of_roots_is_read_where_there_is_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    roots = tmp_path / "roots"
    roots.mkdir()
    root = roots / "0123abcd.0"
    trustme.CA().cert_pem.write_to_path(str(root))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "missing"))
    monkeypatch.setenv("SSL_CERT_DIR", str(roots))

    assert _certificates(root) < _certificates(tls_files(tmp_path / "state").bundle)


def test_a_certificate_of_another_authority_is_replaced(tmp_path: Path) -> None:
    files = tls_files(tmp_path)
    before = files.server.read_bytes()
    trustme.CA().cert_pem.write_to_path(str(files.authority))

    assert tls_files(tmp_path).server.read_bytes() != before
