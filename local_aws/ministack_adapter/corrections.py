"""All corrections, put in place before the first request."""

from local_aws.ministack_adapter import (
    cloudformation,
    code_links,
    conditions,
    deliveries,
    executions,
    lambda_functions,
    machines,
    passed_roles,
    s3_ranges,
    s3_versions,
    sagemaker_api,
    signatures,
    states,
    tasks,
)
from local_aws.ministack_adapter.patch import check_version


def install(port: int) -> None:
    """Correct ministack, and add SageMaker to it.

    Raises
    ------
    RuntimeError
        If it is not the ministack that the corrections are written for.
    """
    check_version()
    signatures.install()
    conditions.install()
    lambda_functions.install()
    code_links.install()
    executions.install()
    states.install()
    tasks.install()
    machines.install()
    cloudformation.install()
    deliveries.install()
    passed_roles.install()
    s3_ranges.install()
    s3_versions.install()
    sagemaker_api.install(port)
