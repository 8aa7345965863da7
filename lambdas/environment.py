"""The functions' environment, typed: the only place that reads it."""

import os

from contract import environment
from contract.defaults import PipelineDefaults


def bucket_name() -> str:
    """Return the name of the one bucket."""
    return os.environ[environment.BUCKET_NAME]


def live_endpoint() -> str:
    """Return the name of the live endpoint."""
    return os.environ[environment.LIVE_ENDPOINT]


def stack_hash() -> str:
    """Return what the names of the stack's SageMaker resources begin with."""
    return os.environ[environment.STACK_HASH]


def state_machine_arn() -> str:
    """Return the ARN of the pipeline's state machine."""
    return os.environ[environment.STATE_MACHINE_ARN]


def pipeline_defaults() -> PipelineDefaults:
    """Return what the deployed configuration decides for every execution."""
    return PipelineDefaults.model_validate_json(os.environ[environment.PIPELINE_DEFAULTS])


def bucket_to_empty() -> str | None:
    """Return the bucket that goes with the stack; None where it is kept."""
    return os.environ.get(environment.BUCKET_TO_EMPTY)
