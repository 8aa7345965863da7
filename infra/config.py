"""What the one who deploys decides: the only place that reads CDK's context and environment.

Every setting is a context key with the prefix ``pipeline:``, in cdk.json or on
the command line: ``cdk deploy -c pipeline:live_endpoint=digits``. What is not
a text is written as JSON: ``-c 'pipeline:tags={"team": "vision"}'``.
"""

import json
import os
from collections.abc import Mapping
from typing import Annotated, Any, Final

from aws_cdk import App
from pydantic import ConfigDict, Field, ValidationError, ValidationInfo, field_validator

from contract.defaults import InstanceChoice, PipelineDefaults
from contract.environment import EMBEDDED_AWS
from contract.execution_input import (
    MAXIMUM_INSTANCES,
    GateInput,
    GatesInput,
    Hyperparameters,
    InstanceType,
    Label,
)
from contract.hyperparameters import of_pipeline_job
from contract.model import ContractModel, explain, nearest
from contract.names import stack_hash as hash_of_stack
from contract.outputs import DEFAULT_STACK_NAME
from infra.setting_types import (
    ANY_REGION,
    REGION,
    EndpointName,
    InstanceTypes,
    RegionalBucket,
    RegionalUri,
    Retention,
    StackName,
)

CONTEXT_PREFIX: Final = "pipeline:"
_LONGEST_DEFAULTS: Final = 3_800
"""Bytes: Lambda admits 4,096 of a function's environment, CheckInput's other variables included."""

_TEXTS: Final = frozenset(
    {
        "stack_name",
        "live_endpoint",
        "dataset_uri",
        "training_instance_type",
        "hosting_instance_type",
    }
)


class ConfigurationError(ValueError):
    """A setting that is unknown or impossible; the text names it, its value and what is allowed."""


DEFAULT_GATES: Final = GatesInput(
    validation=GateInput(metric="binary_f_beta", minimum=0.9),
    test=GateInput(metric="f1", minimum=0.9),
)


class PipelineConfig(ContractModel):
    """The settings of one deployment.

    Attributes
    ----------
    stack_name
        Name of the stack, of its state machine and, in lower case, of the live endpoint.
    live_endpoint
        Name of the live endpoint, where it is not to follow the stack's.
    dataset_uri
        The dataset of an execution that names none.
    dataset_buckets
        The buckets that a dataset may come from: Ingest may read these and no other.
    positive_label
        The label to recognise, where an execution names none.
    training_instance_type, hosting_instance_type
        What an execution gets that names none.
    training_instance_types, hosting_instance_types
        What an execution may ask for.
    hosting_instance_count
        Instances behind an endpoint, where an execution names no number.
    hyperparameters
        Linear Learner's; an execution's go on top.
    gates
        The gates of an execution that names none; one that is left out is the default's.
    log_retention_days
        How long the logs of the functions and of the executions are kept.
    log_execution_data
        Whether the executions' logs hold inputs and outputs too.
    keep_bucket
        Whether the bucket stays when the stack is destroyed.
    tags
        Tags of everything in the stack.
    embedded_aws
        Whether the functions are bundled for this host, where the embedded AWS runs them.
    """

    model_config = ConfigDict(validate_default=True)

    stack_name: StackName = DEFAULT_STACK_NAME
    live_endpoint: EndpointName | None = None
    dataset_uri: RegionalUri = (
        f"s3://sagemaker-example-files-prod-{REGION}/datasets/image/MNIST/mnist.pkl.gz"
    )
    dataset_buckets: Annotated[tuple[RegionalBucket, ...], Field(min_length=1, strict=False)] = (
        f"sagemaker-example-files-prod-{REGION}",
    )
    positive_label: Label = 0
    training_instance_type: InstanceType = "ml.c5.xlarge"
    training_instance_types: InstanceTypes = (
        "ml.m5.large",
        "ml.m5.xlarge",
        "ml.m5.2xlarge",
        "ml.c4.xlarge",
        "ml.c5.xlarge",
        "ml.c5.2xlarge",
    )
    hosting_instance_type: InstanceType = "ml.m4.xlarge"
    hosting_instance_types: InstanceTypes = (
        "ml.t2.medium",
        "ml.m4.xlarge",
        "ml.m5.large",
        "ml.m5.xlarge",
        "ml.c5.large",
        "ml.c5.xlarge",
    )
    hosting_instance_count: int = Field(default=1, ge=1, le=MAXIMUM_INSTANCES)
    hyperparameters: Hyperparameters = Field(default={"mini_batch_size": "200"})
    gates: GatesInput = DEFAULT_GATES
    log_retention_days: Retention = 90
    log_execution_data: bool = False
    keep_bucket: bool = True
    tags: dict[str, str] = Field(default={})
    embedded_aws: bool = False

    @field_validator("training_instance_types", "hosting_instance_types")
    @classmethod
    def _check_default_is_allowed(
        cls, allowed: tuple[str, ...], info: ValidationInfo
    ) -> tuple[str, ...]:
        kind = str(info.field_name).removesuffix("s")
        default = info.data.get(kind)
        if default is not None and default not in allowed:
            raise ValueError(f"{kind} {default!r} is not among them")
        return allowed

    @field_validator("hyperparameters")
    @classmethod
    def _check_they_go_together(cls, given: dict[str, str]) -> dict[str, str]:
        of_pipeline_job(given)
        return given

    @field_validator("dataset_buckets")
    @classmethod
    def _check_default_is_readable(
        cls, buckets: tuple[str, ...], info: ValidationInfo
    ) -> tuple[str, ...]:
        uri = info.data.get("dataset_uri")
        if uri is not None and not uri.startswith(tuple(f"s3://{bucket}/" for bucket in buckets)):
            raise ValueError(f"dataset_uri {uri!r} is in none of them")
        return buckets

    @field_validator("live_endpoint")
    @classmethod
    def _check_it_is_no_candidates(cls, name: str | None, info: ValidationInfo) -> str | None:
        stack_name = info.data.get("stack_name")
        if name and stack_name and name.startswith(prefix := f"{hash_of_stack(stack_name)}-"):
            raise ValueError(f"the stack's candidates begin with {prefix!r}, and are collected")
        return name

    @classmethod
    def from_app(cls, app: App) -> "PipelineConfig":
        """Read the settings from the app's context and the environment.

        Raises
        ------
        ConfigurationError
            If a setting is unknown or impossible.
        """
        context: Mapping[str, object] = app.node.get_all_context()
        settings = {
            key.removeprefix(CONTEXT_PREFIX): value
            for key, value in context.items()
            if key.startswith(CONTEXT_PREFIX)
        }
        return cls.from_settings(settings, os.environ)

    @classmethod
    def from_settings(
        cls, settings: Mapping[str, object], environment: Mapping[str, str]
    ) -> "PipelineConfig":
        """Make the configuration from settings by name, as the context has them.

        Raises
        ------
        ConfigurationError
            If a setting is unknown or impossible.
        """
        known = [name for name in cls.model_fields if name != "embedded_aws"]
        for name in settings:
            if name not in known:
                raise ConfigurationError(
                    f"{CONTEXT_PREFIX}{name}: unknown context key; allowed are"
                    f" {', '.join(known)}{nearest(name, known)}"
                )
        values = {name: _typed(name, value) for name, value in settings.items()}
        try:
            config = cls(**values, embedded_aws=environment.get(EMBEDDED_AWS) == "1")
        except ValidationError as error:
            faults = explain(error, cls).splitlines()
            raise ConfigurationError(
                "\n".join(f"{CONTEXT_PREFIX}{fault}" for fault in faults)
            ) from error
        size = len(config.render_defaults("ap-northeast-1").encode())
        if size > _LONGEST_DEFAULTS:
            raise ConfigurationError(
                f"what executions need of the settings has {size:,} bytes as JSON, and a function's"
                f" environment holds {_LONGEST_DEFAULTS:,}: allow fewer instance types or buckets"
            )
        return config

    @property
    def endpoint(self) -> str:
        """The name of the live endpoint."""
        return self.live_endpoint or self.stack_name.lower()

    @property
    def stack_hash(self) -> str:
        """What the names of the stack's SageMaker resources begin with."""
        return hash_of_stack(self.stack_name)

    def dataset_buckets_of(self, region: str) -> list[str]:
        """Return the dataset buckets of a region, which may be a token of CDK."""
        return [bucket.replace(REGION, region) for bucket in self.dataset_buckets]

    def render_defaults(self, region: str) -> str:
        """Return `PipelineDefaults` as JSON; the region may be a token of CDK."""
        defaults = PipelineDefaults(
            stack_hash=self.stack_hash,
            live_endpoint=self.endpoint,
            dataset_uri=self.dataset_uri.replace(REGION, ANY_REGION),
            dataset_buckets=tuple(self.dataset_buckets_of(ANY_REGION)),
            positive_label=self.positive_label,
            training=InstanceChoice(
                default=self.training_instance_type, allowed=self.training_instance_types
            ),
            hosting=InstanceChoice(
                default=self.hosting_instance_type, allowed=self.hosting_instance_types
            ),
            hosting_instance_count=self.hosting_instance_count,
            hyperparameters=self.hyperparameters,
            validation_gate=self._gate("validation"),
            test_gate=self._gate("test"),
        )
        # A token is no bucket's name, so the types are held with a region that is one.
        return defaults.model_dump_json().replace(ANY_REGION, region)

    def _gate(self, name: str) -> GateInput:
        return getattr(self.gates, name) or getattr(DEFAULT_GATES, name)


def _typed(name: str, value: object) -> Any:  # noqa: ANN401 - the model checks what it is
    """Read what the command line can only give as text, as the JSON that cdk.json would hold."""
    if not isinstance(value, str) or name in _TEXTS:
        return value
    try:
        return json.loads(value)
    except json.JSONDecodeError as error:
        raise ConfigurationError(
            f"{CONTEXT_PREFIX}{name}: {value!r}: expected JSON ({error.msg})"
        ) from error
