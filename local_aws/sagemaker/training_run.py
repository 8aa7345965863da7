"""One training job as it runs: data in, the container, the model out."""

import json
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Final

from local_aws.sagemaker.artifact import pack
from local_aws.sagemaker.channels import channels
from local_aws.sagemaker.container import Container
from local_aws.sagemaker.images import program
from local_aws.sagemaker.metrics import MetricReader
from local_aws.sagemaker.passed_role import PassedRole
from local_aws.sagemaker.storage import Storage, StorageError
from local_aws.sagemaker.training_input import InputError, TrainingInput
from local_aws.sagemaker.training_record import LONGEST_REASON, TrainingRecord

LOG_GROUP: Final = "/aws/sagemaker/TrainingJobs"
_HOST: Final = "algo-1"
_POLL_SECONDS: Final = 0.1
_REASON_KINDS: Final = ("AlgorithmError:", "ClientError:", "InternalServerError:")
_CLOSE_SECONDS: Final = 10.0


class _JobError(Exception):
    """The job has failed; the message is its FailureReason."""


@dataclass(frozen=True, slots=True)
class _Folders:
    """The parts of ``/opt/ml`` that a training sees."""

    root: Path

    @property
    def config(self) -> Path:
        return self.root / "input" / "config"

    @property
    def data(self) -> Path:
        return self.root / "input" / "data"

    @property
    def model(self) -> Path:
        return self.root / "model"

    @property
    def output(self) -> Path:
        return self.root / "output"

    def make(self) -> None:
        for folder in (self.config, self.data, self.model, self.output / "data"):
            folder.mkdir(parents=True)


class TrainingRun:
    """Runs a training job on a thread of its own.

    Parameters
    ----------
    record
        The job; the run moves it through its life cycle.
    role
        Under whose credentials data is read, the model and the log written.
    root
        The folder that stands for ``/opt/ml``. It is removed at the end.
    grace
        Seconds that a container gets between SIGTERM and SIGKILL.
    on_end
        Called when the instance is free again.
    """

    def __init__(
        self,
        record: TrainingRecord,
        role: PassedRole,
        root: Path,
        grace: float,
        on_end: Callable[[], None],
    ) -> None:
        self._record = record
        self._role = role
        self._folders = _Folders(root)
        self._grace = grace
        self._on_end = on_end
        self._closed = False
        self._container: Container | None = None
        self._channels = channels(record.request)
        self._metrics = MetricReader()
        self._thread = Thread(target=self._run, daemon=True, name=record.name)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    @property
    def running(self) -> bool:
        """Whether the job, or the removal of its folder, goes on."""
        return self._thread.is_alive()

    def close(self) -> None:
        """Kill the job and forget what it made."""
        self._closed = True
        self._grace = 0.0
        self._record.stop_requested.set()
        if self._container is not None:
            self._container.stop(grace=0)
        self._thread.join(_CLOSE_SECONDS)

    def _run(self) -> None:
        try:
            self._train()
        except (_JobError, InputError) as failure:
            self._record.fail(str(failure))
        except Exception as error:
            self._record.fail(f"InternalServerError: {type(error).__name__}: {error}")
            raise
        finally:
            shutil.rmtree(self._folders.root, ignore_errors=True)
            self._on_end()

    def _train(self) -> None:
        storage = self._role.storage()
        self._folders.make()
        self._write_config()
        self._record.enter("Downloading")
        data = TrainingInput(storage, self._folders.data, self._record.stop_requested.is_set)
        try:
            out_of_time = self._run_on(data)
        finally:
            data.close()
        self._upload(storage)
        if out_of_time or self._record.stop_requested.is_set():
            self._record.stopped(self._metrics.final(), out_of_time=out_of_time)
        else:
            self._record.complete(self._metrics.final())

    def _run_on(self, data: TrainingInput) -> bool:
        """Bring the data, run the algorithm on it, and return whether it ran out of time."""
        started = time.monotonic()
        for channel in self._channels:
            data.add(channel)
        if self._record.stop_requested.is_set():
            return False
        self._record.enter("Training")
        return self._run_container(data, started)

    def _write_config(self) -> None:
        request = self._record.request
        resources = {
            "current_host": _HOST,
            "hosts": [_HOST],
            "network_interface_name": "lo",
            "current_instance_type": request["ResourceConfig"]["InstanceType"],
        }
        for name, content in {
            "hyperparameters": request.get("HyperParameters", {}),
            "inputdataconfig": {channel.name: channel.config for channel in self._channels},
            "resourceconfig": resources,
        }.items():
            (self._folders.config / f"{name}.json").write_text(json.dumps(content))

    def _run_container(self, data: TrainingInput, started: float) -> bool:
        request = self._record.request
        log = self._role.log_stream(LOG_GROUP, f"{self._record.name}/{_HOST}-{int(time.time())}")

        def on_line(line: str) -> None:
            self._metrics.read(line)
            log.write(line)

        self._container = Container(
            program(request["AlgorithmSpecification"]["TrainingImage"]),
            "train",
            self._folders.root,
            {
                **request.get("Environment", {}),
                "TRAINING_JOB_NAME": self._record.name,
                "TRAINING_JOB_ARN": self._record.arn,
            },
            on_line,
        )
        limit = started + request["StoppingCondition"]["MaxRuntimeInSeconds"]
        try:
            return self._watch(self._container, data, limit)
        finally:
            log.close()
            self._metrics.publish(self._role.metrics(), self._record.name)

    def _watch(self, container: Container, data: TrainingInput, limit: float) -> bool:
        while (code := container.wait(_POLL_SECONDS)) is None:
            try:
                data.check()
            except Exception:
                container.stop(grace=0)
                raise
            out_of_time = time.monotonic() > limit
            if out_of_time or self._record.stop_requested.is_set():
                container.stop(self._grace)
                return out_of_time
        if code != 0:
            raise _JobError(self._failure_reason(code))
        return False

    def _failure_reason(self, code: int) -> str:
        """Return what the container wrote into its failure file, in the form of AWS."""
        path = self._folders.output / "failure"
        text = path.read_text(errors="replace").strip() if path.is_file() else ""
        if not text.startswith(_REASON_KINDS):
            text = f"AlgorithmError: {text}"
        end = f", exit code: {code}"
        return text[: LONGEST_REASON - len(end)] + end

    def _upload(self, storage: Storage) -> None:
        """Upload the model, if there is any: a job that is stopped may have none."""
        if self._closed or not any(self._folders.model.iterdir()):
            return
        self._record.enter("Uploading")
        archive = self._folders.root / "model.tar.gz"
        pack(self._folders.model, archive)
        try:
            kms_key = self._record.request["OutputDataConfig"].get("KmsKeyId", "")
            storage.upload(archive, self._record.artifact_uri, kms_key)
        except StorageError as error:
            raise _JobError(
                f"ClientError: Artifact upload failed:Failed to upload the model. {error}"
            ) from error
