"""From an execution's input to its plan: checked, and every gap filled."""

from pydantic import ValidationError

from contract.defaults import InstanceChoice, PipelineDefaults
from contract.execution_input import DatasetInput, ExecutionInput, HostingInput, TrainingInput
from contract.hyperparameters import HyperparameterError, of_pipeline_job, parse
from contract.model import explain
from contract.names import ExecutionNames, check_execution_name, split_s3_uri
from contract.plan import (
    Plan,
    PlannedDataset,
    PlannedGates,
    PlannedHosting,
    PlannedNames,
    PlannedTraining,
)
from contract.tasks import ExecutionContext
from lambdas.errors import InputRefused


def make_plan(execution: ExecutionContext, given: object, defaults: PipelineDefaults) -> Plan:
    """Check the input of an execution, and complete it from the deployed configuration.

    Parameters
    ----------
    given
        The input as it came: anything that JSON can say.

    Raises
    ------
    InputRefused
        With every fault on a line of its own: the key, the value, what is
        allowed.
    """
    try:
        asked = ExecutionInput.model_validate(given)
    except ValidationError as error:
        raise InputRefused(explain(error, ExecutionInput)) from None
    _check_against_deployment(asked, defaults)
    return Plan(
        names=_names(execution, defaults),
        dataset=_dataset(asked.dataset, defaults),
        training=_training(asked.training, defaults),
        hosting=_hosting(asked.hosting, defaults),
        gates=PlannedGates(
            validation=asked.gates.validation or defaults.validation_gate,
            test=asked.gates.test or defaults.test_gate,
        ),
    )


def _check_against_deployment(asked: ExecutionInput, defaults: PipelineDefaults) -> None:
    faults = [
        *_bucket_faults(asked.dataset, defaults),
        *_format_faults(asked.dataset, defaults),
        *_instance_faults("training", asked.training.instance_type, defaults.training),
        *_instance_faults("hosting", asked.hosting.instance_type, defaults.hosting),
        *_hyperparameter_faults(asked.training, defaults),
    ]
    if faults:
        raise InputRefused("\n".join(faults))


def _bucket_faults(dataset: DatasetInput, defaults: PipelineDefaults) -> list[str]:
    if dataset.uri is None:
        return []
    bucket, _ = split_s3_uri(dataset.uri)
    if bucket in defaults.dataset_buckets:
        return []
    return [
        f"dataset.uri: {dataset.uri!r}: bucket {bucket!r} is not configured;"
        f" allowed are {', '.join(defaults.dataset_buckets)}"
    ]


def _format_faults(dataset: DatasetInput, defaults: PipelineDefaults) -> list[str]:
    uri = dataset.uri or defaults.dataset_uri
    if dataset.format != "pickle" or not uri.endswith("/"):
        return []
    return [f"dataset.format: 'pickle': {uri!r} is a prefix; expected an object, or format 'idx'"]


def _instance_faults(section: str, asked: str | None, choice: InstanceChoice) -> list[str]:
    if asked is None or asked in choice.allowed:
        return []
    return [f"{section}.instance_type: {asked!r}: allowed are {', '.join(choice.allowed)}"]


def _hyperparameters(asked: TrainingInput, defaults: PipelineDefaults) -> dict[str, str]:
    return {**defaults.hyperparameters, **asked.hyperparameters}


def _hyperparameter_faults(asked: TrainingInput, defaults: PipelineDefaults) -> list[str]:
    try:
        of_pipeline_job(_hyperparameters(asked, defaults))
    except HyperparameterError as error:
        return [f"training.hyperparameters: on top of the configured ones: {error}"]
    return []


def _names(execution: ExecutionContext, defaults: PipelineDefaults) -> PlannedNames:
    try:
        check_execution_name(execution.name)
    except ValueError as error:
        raise InputRefused(str(error)) from None
    names = ExecutionNames.of(
        stack_hash=defaults.stack_hash,
        execution_arn=execution.arn,
        execution_name=execution.name,
        start_time=execution.start_time,
    )
    return PlannedNames(
        resource=names.resource, folder=names.folder, live_endpoint=defaults.live_endpoint
    )


def _dataset(asked: DatasetInput, defaults: PipelineDefaults) -> PlannedDataset:
    positive = asked.positive_label
    return PlannedDataset(
        uri=asked.uri or defaults.dataset_uri,
        sha256=asked.sha256,
        format=asked.format,
        positive_label=defaults.positive_label if positive is None else positive,
    )


def _training(asked: TrainingInput, defaults: PipelineDefaults) -> PlannedTraining:
    hyperparameters = of_pipeline_job(_hyperparameters(asked, defaults))
    return PlannedTraining(
        instance_type=asked.instance_type or defaults.training.default,
        instance_count=asked.instance_count,
        hyperparameters=hyperparameters,
        loss=parse(hyperparameters).loss,
    )


def _hosting(asked: HostingInput, defaults: PipelineDefaults) -> PlannedHosting:
    return PlannedHosting(
        instance_type=asked.instance_type or defaults.hosting.default,
        instance_count=asked.instance_count or defaults.hosting_instance_count,
        keep=asked.keep,
    )
