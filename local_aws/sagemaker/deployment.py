"""A deployment: from an endpoint config to a server that is healthy."""

import shutil
import socket
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from tempfile import mkdtemp
from threading import Event
from typing import Final
from uuid import uuid4

from local_aws.platform import AwsError, Platform
from local_aws.sagemaker.artifact import ArtifactError, unpack
from local_aws.sagemaker.container import Container
from local_aws.sagemaker.endpoint_configs import EndpointConfig
from local_aws.sagemaker.images import program
from local_aws.sagemaker.models import Model
from local_aws.sagemaker.passed_role import PassedRole, distrusts
from local_aws.sagemaker.server import Server
from local_aws.sagemaker.storage import Storage, StorageError
from local_aws.settings import HOST

_STARTUP_SECONDS: Final = 60.0


class DeploymentError(Exception):
    """The deployment has failed; the message is its FailureReason."""


class Deployer:
    """Starts servers in folders below a working folder.

    Attributes
    ----------
    closed
        Set to give up deployments that are under way.
    """

    def __init__(self, platform: Platform, workdir: Path) -> None:
        self._platform = platform
        self._workdir = workdir
        self.closed = Event()

    def deploy(self, endpoint: str, config: EndpointConfig, model: Model) -> Server:
        """Start a server of the model, and return it when it is healthy.

        Raises
        ------
        DeploymentError
            With AWS's reason, if the artifact cannot be read or is none, or
            the container does not answer its ping.
        """
        role = self._role(model)
        variant = config.variant
        with ExitStack() as resources:
            root = Path(mkdtemp(prefix=f"{endpoint}-", dir=self._workdir))
            resources.callback(shutil.rmtree, root, ignore_errors=True)
            _fetch(role.storage(), model, root)
            log = role.log_stream(log_group(endpoint), f"{variant['VariantName']}/{_instance()}")
            resources.callback(log.close)
            port = resources.enter_context(reservation()).getsockname()[1]
            start = partial(_container, model, root, port, log.write)
            server = Server(start, port, resources)
        limit = variant.get("ContainerStartupHealthCheckTimeoutInSeconds", _STARTUP_SECONDS)
        if not server.become_healthy(limit, self.closed):
            server.retire(drain_seconds=0)
            raise DeploymentError(
                f"The primary container for production variant {variant['VariantName']} "
                "did not pass the ping health check. Please check CloudWatch logs for this "
                "endpoint."
            )
        return server

    def _role(self, model: Model) -> PassedRole:
        try:
            return PassedRole(self._platform, model.role_arn)
        except AwsError as error:
            raise DeploymentError(distrusts(model.role_arn)) from error


def log_group(endpoint: str) -> str:
    """Return the log group of an endpoint."""
    return f"/aws/sagemaker/Endpoints/{endpoint}"


def _fetch(storage: Storage, model: Model, root: Path) -> None:
    archive = root / "model.tar.gz"
    try:
        storage.download(model.data_url, archive)
    except StorageError as error:
        raise DeploymentError(
            f'Failed to download model data for container "container_1" from URL: '
            f'"{model.data_url}". Please ensure that there is an object located at the URL and '
            "that the role passed to CreateModel has permissions to download the object."
        ) from error
    try:
        unpack(archive, root / "model")
    except ArtifactError as error:
        raise DeploymentError(
            'Failed to extract model data archive for container "container_1" from URL '
            f'"{model.data_url}". Please ensure that the object located at the URL is a valid '
            f"tar.gz archive. {error}"
        ) from error
    archive.unlink()


def _container(model: Model, root: Path, port: int, on_line: Callable[[str], None]) -> Container:
    environment = {**model.environment, "SAGEMAKER_BIND_TO_PORT": str(port)}
    return Container(program(model.image), "serve", root, environment, on_line)


def _instance() -> str:
    return f"i-{uuid4().hex[:17]}"


def reservation() -> socket.socket:
    """Return a socket that keeps a free port for a container, which binds it too.

    A port that is merely known to be free may be anybody's when the container
    comes to bind it; were it another container's, the ping would find that one
    healthy. Nobody is given a port that is bound, also when nothing listens.
    """
    kept = socket.socket()
    kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    kept.bind((HOST, 0))
    return kept
