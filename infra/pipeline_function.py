"""One function of the stack, with a role and a log group that are its own."""

from collections.abc import Mapping, Sequence

from aws_cdk import Duration, RemovalPolicy, Stack
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.function_specs import FunctionSpec
from infra.permissions import TRACING, Permission, frozen_role


class PipelineFunction(Construct):
    """A function with structured logs and traces.

    Attributes
    ----------
    function
        The function.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        spec: FunctionSpec,
        code: lambda_.Code,
        environment: Mapping[str, str],
        permissions: Sequence[Permission],
        log_retention: logs.RetentionDays,
    ) -> None:
        super().__init__(scope, construct_id)
        log_group = logs.LogGroup(
            self,
            "Logs",
            log_group_name=f"/aws/lambda/{Stack.of(self).stack_name}/{construct_id}",
            retention=log_retention,
            removal_policy=RemovalPolicy.DESTROY,
        )
        role = frozen_role(
            self,
            "Role",
            service="lambda.amazonaws.com",
            description=f"What the function {construct_id} may do",
            permissions=[
                *permissions,
                # Not CreateLogGroup: a group that was deleted with the stack does not come back.
                Permission(
                    ["logs:CreateLogStream", "logs:PutLogEvents"], [log_group.log_group_arn]
                ),
                TRACING,
            ],
        )
        self.function = lambda_.Function(
            self,
            "Function",
            runtime=lambda_.Runtime.PYTHON_3_14,
            architecture=lambda_.Architecture.X86_64,
            handler=spec.handler,
            code=code,
            memory_size=spec.memory_mb,
            timeout=Duration.seconds(spec.timeout_seconds),
            role=role,
            log_group=log_group,
            tracing=lambda_.Tracing.ACTIVE,
            environment=dict(environment),
        )
