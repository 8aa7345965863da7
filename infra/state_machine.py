"""The state machine, its role and its logs."""

import json
from collections.abc import Mapping

from aws_cdk import Aws, RemovalPolicy
from aws_cdk import aws_logs as logs
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from infra.permissions import NO_RESOURCES, TRACING, Permission, frozen_role
from infra.sagemaker_arns import RUN_TIME_NAMES, SageMakerArns
from infra.workflow.definition import definition


class PipelineStateMachine(Construct):
    """A standard workflow that logs every event.

    Attributes
    ----------
    machine
        The state machine.
    """

    def __init__(  # noqa: PLR0913 - its props
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        function_arns: Mapping[str, str],
        sagemaker_role_arn: str,
        sagemaker_arns: SageMakerArns,
        substitutions: Mapping[str, str],
        log_retention: logs.RetentionDays,
        log_execution_data: bool,
    ) -> None:
        super().__init__(scope, construct_id)
        log_group = logs.LogGroup(
            self,
            "Logs",
            # Under this prefix a group is not listed in the account's one resource policy for
            # logs, which has little room.
            log_group_name=f"/aws/vendedlogs/states/{name}",
            retention=log_retention,
            removal_policy=RemovalPolicy.DESTROY,
        )
        self.machine = sfn.StateMachine(
            self,
            "StateMachine",
            state_machine_name=name,
            definition_body=sfn.DefinitionBody.from_string(json.dumps(definition())),
            definition_substitutions={
                "Partition": Aws.PARTITION,
                "SageMakerRoleArn": sagemaker_role_arn,
                **{f"{function}Arn": arn for function, arn in function_arns.items()},
                **substitutions,
            },
            role=frozen_role(
                self,
                "Role",
                service="states.amazonaws.com",
                description="What the state machine of the pipeline may do",
                permissions=[
                    Permission(["lambda:InvokeFunction"], list(function_arns.values())),
                    *_train(sagemaker_arns),
                    *_host(sagemaker_arns),
                    _pass_role(sagemaker_role_arn),
                    _deliver_logs(),
                    TRACING,
                    Permission(
                        ["xray:GetSamplingRules", "xray:GetSamplingTargets"], ["*"], NO_RESOURCES
                    ),
                ],
            ),
            tracing_enabled=True,
            logs=sfn.LogOptions(
                destination=log_group,
                level=sfn.LogLevel.ALL,
                include_execution_data=log_execution_data,
            ),
        )


def _train(arns: SageMakerArns) -> list[Permission]:
    """Return what `createTrainingJob.sync` needs: it also tags, watches by a rule and stops."""
    rule = "StepFunctionsGetEventsForSageMakerTrainingJobsRule"
    return [
        Permission(
            [
                "sagemaker:AddTags",
                "sagemaker:CreateTrainingJob",
                "sagemaker:DescribeTrainingJob",
                "sagemaker:ListTags",
                "sagemaker:StopTrainingJob",
            ],
            [arns.training_jobs],
            RUN_TIME_NAMES,
        ),
        Permission(
            ["events:DescribeRule", "events:PutRule", "events:PutTargets"],
            [f"arn:{Aws.PARTITION}:events:{Aws.REGION}:{Aws.ACCOUNT_ID}:rule/{rule}"],
        ),
    ]


def _host(arns: SageMakerArns) -> list[Permission]:
    return [
        Permission(
            ["sagemaker:AddTags", "sagemaker:CreateModel", "sagemaker:DescribeModel"],
            [arns.models],
            RUN_TIME_NAMES,
        ),
        Permission(
            [
                "sagemaker:AddTags",
                "sagemaker:CreateEndpointConfig",
                "sagemaker:DescribeEndpointConfig",
            ],
            [arns.endpoint_configs],
            RUN_TIME_NAMES,
        ),
        # IAM asks for both: the endpoint, and the config that it is to run.
        Permission(
            ["sagemaker:CreateEndpoint"], [arns.endpoints, arns.endpoint_configs], RUN_TIME_NAMES
        ),
        Permission(
            ["sagemaker:AddTags", "sagemaker:DeleteEndpoint", "sagemaker:DescribeEndpoint"],
            [arns.endpoints],
            RUN_TIME_NAMES,
        ),
    ]


def _pass_role(role_arn: str) -> Permission:
    return Permission(
        ["iam:PassRole"],
        [role_arn],
        conditions={"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}},
    )


def _deliver_logs() -> Permission:
    """Return what the delivery of logs needs; its actions know no resources."""
    return Permission(
        [
            "logs:CreateLogDelivery",
            "logs:DeleteLogDelivery",
            "logs:DescribeLogGroups",
            "logs:DescribeResourcePolicies",
            "logs:GetLogDelivery",
            "logs:ListLogDeliveries",
            "logs:PutResourcePolicy",
            "logs:UpdateLogDelivery",
        ],
        ["*"],
        NO_RESOURCES,
    )
