"""The environment in which any AWS client reaches the embedded AWS, and no other."""

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from local_aws.certificate import tls_files
from local_aws.credentials import root_credentials
from local_aws.settings import HOST, REGION, STATE

EMBEDDED_AWS_VARIABLE: Final = "EMBEDDED_AWS"
"""Tells synth that Lambdas run on this host, so that it bundles them for it."""


def endpoint_url(port: int) -> str:
    """Return where every service answers."""
    return f"https://{HOST}:{port}"


def client_variables(port: int, state: Path = STATE) -> dict[str, str]:
    """Return what has to be set; the same before and after the embedded AWS is started."""
    tls = tls_files(state)
    root = root_credentials(state)
    return {
        "AWS_ENDPOINT_URL": endpoint_url(port),
        "AWS_ACCESS_KEY_ID": root.access_key_id,
        "AWS_SECRET_ACCESS_KEY": root.secret_access_key,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CA_BUNDLE": str(tls.bundle),
        "SSL_CERT_FILE": str(tls.bundle),
        "REQUESTS_CA_BUNDLE": str(tls.bundle),
        "NODE_EXTRA_CA_CERTS": str(tls.authority),
        EMBEDDED_AWS_VARIABLE: "1",
    }


def client_environment(
    environment: Mapping[str, str], port: int, state: Path = STATE
) -> dict[str, str]:
    """Return an environment changed so that its AWS clients talk to the embedded AWS.

    Every other ``AWS_*`` variable is left out: a profile, a session token or
    a service's own endpoint would lead some calls elsewhere.
    """
    kept = {name: value for name, value in environment.items() if not name.startswith("AWS_")}
    return kept | client_variables(port, state) | _no_proxy(environment)


def shell_lines(environment: Mapping[str, str], port: int, state: Path = STATE) -> list[str]:
    """Return the lines of shell that do to a shell's environment what `client_environment` does."""
    changed = client_environment(environment, port, state)
    stale = sorted(set(environment) - set(changed))
    unset = [f"unset {' '.join(stale)}"] if stale else []
    export = [
        f"export {name}={shlex.quote(value)}"
        for name, value in changed.items()
        if environment.get(name) != value
    ]
    return unset + export


def _no_proxy(environment: Mapping[str, str]) -> dict[str, str]:
    """Keep a proxy that is configured out of the way to this machine."""
    changed: dict[str, str] = {}
    for name in ("NO_PROXY", "no_proxy"):
        hosts = [host for host in environment.get(name, "").split(",") if host]
        changed[name] = ",".join(dict.fromkeys([*hosts, "localhost", HOST]))
    return changed
