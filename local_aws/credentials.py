"""The root user of the embedded AWS: a name that is known, and a secret of this checkout."""

import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from local_aws.state import exclusive, write_atomically

ACCESS_KEY_ID: Final = "EMBEDDEDAWSROOT"


@dataclass(frozen=True, slots=True)
class Credentials:
    """An access key."""

    access_key_id: str
    secret_access_key: str


def root_credentials(state: Path) -> Credentials:
    """Return the root user's access key, the secret made where there is none yet.

    Who can sign as root can create a Lambda, and so run code as the user who
    started the embedded AWS: the secret is random and only that user reads it.
    """
    path = state / "root-secret"
    with exclusive(state):
        if not path.exists():
            write_atomically(path, secrets.token_urlsafe(30).encode())
    return Credentials(ACCESS_KEY_ID, path.read_text())
