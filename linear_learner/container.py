"""The folders and files of SageMaker's container contract."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

BASE_VARIABLE: Final = "SAGEMAKER_BASE_DIR"
PORT_VARIABLE: Final = "SAGEMAKER_BIND_TO_PORT"


@dataclass(frozen=True, slots=True)
class Container:
    """Where everything is.

    Attributes
    ----------
    base
        ``/opt/ml``, unless ``SAGEMAKER_BASE_DIR`` says otherwise.
    host
        The address that `serve` binds. In a container, any; with a base
        folder of one's own it runs beside other programs, and is for this
        machine alone.
    port
        8080, unless ``SAGEMAKER_BIND_TO_PORT`` says otherwise.
    """

    base: Path
    host: str
    port: int

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Container":
        """Find it by the environment variables."""
        own = environment.get(BASE_VARIABLE)
        return cls(
            base=Path(own or "/opt/ml"),
            # SageMaker reaches a container from outside of its network namespace.
            host="127.0.0.1" if own else "0.0.0.0",  # noqa: S104
            port=int(environment.get(PORT_VARIABLE, "8080")),
        )

    @property
    def hyperparameters(self) -> Path:
        """The job's hyperparameters, JSON."""
        return self.base / "input/config/hyperparameters.json"

    @property
    def input_data_config(self) -> Path:
        """The job's channels, JSON."""
        return self.base / "input/config/inputdataconfig.json"

    @property
    def resource_config(self) -> Path:
        """The job's hosts, JSON."""
        return self.base / "input/config/resourceconfig.json"

    @property
    def model(self) -> Path:
        """The folder that becomes ``model.tar.gz``, and that `serve` finds unpacked."""
        return self.base / "model"

    @property
    def failure(self) -> Path:
        """The file whose first 1024 characters become the job's FailureReason."""
        return self.base / "output/failure"

    def channel(self, name: str) -> Path:
        """Return the folder of a channel's files."""
        return self.base / "input/data" / name
