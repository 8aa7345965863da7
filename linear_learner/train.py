"""``train``: a training job, from the files of the container contract to the artifact."""

import sys
from typing import Final

from linear_learner import artifact
from linear_learner.container import Container
from linear_learner.data.channels import open_channels
from linear_learner.errors import ClientError
from linear_learner.job import read_job
from linear_learner.training.fit import fit
from linear_learner.training.training_log import LOGGER, write_to_stdout

CLIENT_ERROR_STATUS: Final = 2
"""The exit code for what the customer has to mend; any other error exits with 1."""


def train(container: Container) -> None:
    """Run the training job.

    Raises
    ------
    ClientError
        If job or data are refused; nothing is written then.
    """
    job = read_job(container)
    sources = open_channels(container, job)
    model = fit(
        sources["train"],
        job.hyperparameters,
        sources.get("validation"),
        test=sources.get("test"),
        host=job.host,
    )
    container.model.mkdir(parents=True, exist_ok=True)
    artifact.save(model, container.model)


def main() -> None:
    """Run the training job of this container; exit with a code other than 0 if it fails."""
    write_to_stdout()
    container = Container.from_environment()
    try:
        train(container)
    except ClientError as error:
        _report_failure(container, f"ClientError: {error}")
        sys.exit(CLIENT_ERROR_STATUS)
    except Exception as error:
        # The job's FailureReason has to say something of any error; the traceback is in the log.
        _report_failure(container, f"AlgorithmError: {type(error).__name__}: {error}")
        raise


def _report_failure(container: Container, reason: str) -> None:
    LOGGER.error("%s", reason)
    container.failure.parent.mkdir(parents=True, exist_ok=True)
    container.failure.write_text(reason, "utf-8", errors="backslashreplace")
