"""The certificate of the embedded AWS, and the bundle with which its clients trust it.

CDK's bootstrap bucket denies requests without TLS, so the embedded AWS speaks
nothing else. Its authority signs one certificate, for this machine's loopback
names, and its key is never written: who trusts it trusts nothing more.
"""

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import trustme
from cryptography import x509

from local_aws.settings import HOST
from local_aws.state import exclusive, write_atomically

_LIFETIME = timedelta(days=365)
_RENEW_BEFORE = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """Where the certificate is.

    Attributes
    ----------
    authority
        The certificate authority alone: what Node adds to its own roots.
    bundle
        The authority and this system's roots: what replaces the roots of
        Python's and AWS's clients, which have to reach PyPI all the same.
    server
        The server's key and certificate chain, readable by its owner alone.
    """

    authority: Path
    bundle: Path
    server: Path


def tls_files(state: Path) -> TlsFiles:
    """Return the certificate that is kept in a folder, made or renewed where needed."""
    folder = state / "tls"
    files = TlsFiles(folder / "authority.pem", folder / "bundle.pem", folder / "server.pem")
    with exclusive(folder):
        if not _is_current(files):
            _issue(files)
        bundle = _bundle(files.authority)
        if not files.bundle.exists() or files.bundle.read_bytes() != bundle:
            write_atomically(files.bundle, bundle)
    return files


def _is_current(files: TlsFiles) -> bool:
    if not (files.authority.exists() and files.server.exists()):
        return False
    authority = x509.load_pem_x509_certificate(files.authority.read_bytes())
    server = x509.load_pem_x509_certificates(files.server.read_bytes())[0]
    if server.issuer != authority.subject:
        return False
    return server.not_valid_after_utc - datetime.now(UTC) > _RENEW_BEFORE


def _issue(files: TlsFiles) -> None:
    authority = trustme.CA(organization_name="Embedded AWS")
    server = authority.issue_cert("localhost", HOST, not_after=datetime.now(UTC) + _LIFETIME)
    write_atomically(files.server, server.private_key_and_cert_chain_pem.bytes())
    write_atomically(files.authority, authority.cert_pem.bytes())


def _bundle(authority: Path) -> bytes:
    own = ssl.PEM_cert_to_DER_cert(authority.read_text())
    system = [der for der in _system_roots() if der != own]
    return "".join(ssl.DER_cert_to_PEM_cert(der) for der in [own, *system]).encode()


def _system_roots() -> list[bytes]:
    """Return the roots that Python trusts here, ``SSL_CERT_FILE`` and ``SSL_CERT_DIR`` heeded."""
    paths = ssl.get_default_verify_paths()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if paths.cafile:
        context.load_verify_locations(cafile=paths.cafile)
    elif paths.capath:
        for root in Path(paths.capath).glob("*.[0-9]"):
            context.load_verify_locations(cafile=root)
    return context.get_ca_certs(binary_form=True)
