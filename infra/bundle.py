"""The functions' code: the project's own packages and their locked wheels, without Docker.

One bundle serves all functions. uv fetches the wheels of the platform that is
deployed to, whatever this host is; what it fetched once, it finds in its cache.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from uv import find_uv_bin

ROOT: Final = Path(__file__).resolve().parent.parent
CACHE: Final = ROOT / ".cache" / "bundles"
_STAGED: Final = "making-"
LOCK: Final = Path("lambdas", "requirements.txt")
PACKAGES: Final = ("contract", "data_prep", "lambdas")
PROVIDED_BY_RUNTIME: Final = ("botocore", "jmespath", "python-dateutil", "six", "urllib3")
"""AWS's Python runtime brings boto3 and what it needs: a second botocore beside it may not fit."""


class BundleError(RuntimeError):
    """The locked wheels could not be installed; uv has said why."""


@dataclass(frozen=True, slots=True)
class Target:
    """What the functions run on.

    Attributes
    ----------
    platform
        The name that uv knows it by; None for this host.
    python_version
        The interpreter's minor version.
    """

    platform: str | None
    python_version: str


AWS_LAMBDA: Final = Target(platform="x86_64-manylinux_2_28", python_version="3.14")
"""The runtime python3.14 on x86_64: Amazon Linux 2023 has glibc 2.34, numpy's wheels ask for 2.28.

x86_64, since it is what the project's tests run the same wheels on; arm64 is cheaper by a
fifth of what is some cents.
"""

THIS_HOST: Final = Target(platform=None, python_version=f"3.{sys.version_info.minor}")
"""Where the embedded AWS runs the functions, with the Python that runs this."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """A folder that holds the functions' code, and the hash of all that it was made from."""

    directory: Path
    digest: str


def build_bundle(target: Target, *, root: Path = ROOT, cache: Path = CACHE) -> Bundle:
    """Return the bundle for a target: from the cache where nothing has changed.

    Parameters
    ----------
    target
        What the functions run on.
    root
        The checkout.
    cache
        Where bundles are kept, each under its digest.

    Raises
    ------
    BundleError
        If the locked wheels cannot be installed, e.g. without a network.
    """
    digest = _digest(target, root)
    directory = cache / digest
    cache.mkdir(parents=True, exist_ok=True)
    with _alone(cache):
        for abandoned in cache.glob(f"{_STAGED}*"):
            shutil.rmtree(abandoned)
        if not directory.is_dir():
            _publish(target, root, directory)
    return Bundle(directory=directory, digest=digest)


@contextmanager
def _alone(folder: Path) -> Generator[None]:
    """Let one synthesis at a time work in a folder; the lock of one that is killed is free."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _digest(target: Target, root: Path) -> str:
    """Hash the target, the recipe, the lock and every source file."""
    digest = hashlib.sha256(repr(target).encode())
    for path in (Path(__file__), root / LOCK):
        digest.update(path.read_bytes())
    for source in _sources(root):
        content = hashlib.sha256((root / source).read_bytes()).hexdigest()
        digest.update(f"{source.as_posix()} {content}\n".encode())
    return digest.hexdigest()


def _sources(root: Path) -> Iterator[Path]:
    for package in PACKAGES:
        for path in sorted((root / package).rglob("*.py")):
            yield path.relative_to(root)


def _publish(target: Target, root: Path, directory: Path) -> None:
    """Make the bundle aside and move it into place whole, so that a half of one is never used."""
    with tempfile.TemporaryDirectory(dir=directory.parent, prefix=_STAGED) as aside:
        content = Path(aside, "bundle")
        _install_wheels(target, root, content, excludes=Path(aside, "provided.txt"))
        for source in _sources(root):
            copy = content / source
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(root / source, copy)
        _strip(content)
        content.rename(directory)


def _install_wheels(target: Target, root: Path, content: Path, *, excludes: Path) -> None:
    excludes.write_text("\n".join(PROVIDED_BY_RUNTIME))
    python = (
        ["--python", sys.executable]
        if target.platform is None
        else ["--python-platform", target.platform, "--python-version", target.python_version]
    )
    command = [find_uv_bin(), "pip", "install", "--quiet", "--no-config", *python]
    command += ["--only-binary", ":all:", "--require-hashes", "--excludes", str(excludes)]
    command += ["--target", str(content), "--requirement", str(root / LOCK)]
    if subprocess.run(command, check=False).returncode != 0:  # noqa: S603 - all words are from here
        runtime = target.platform or "this host"
        raise BundleError(
            f"the functions' packages ({LOCK}) could not be installed for {runtime},"
            f" Python {target.python_version}: uv says above why"
        )


def _strip(content: Path) -> None:
    """Drop what no function imports: the wheels' own tests, type stubs, commands and byte code."""
    unused = {"__pycache__", "tests"}
    for folder in [path for path in content.rglob("*") if path.is_dir() and path.name in unused]:
        shutil.rmtree(folder, ignore_errors=True)  # it may lie in one that is gone already
    for stub in content.rglob("*.pyi"):
        stub.unlink()
    shutil.rmtree(content / "bin", ignore_errors=True)  # there may be none
