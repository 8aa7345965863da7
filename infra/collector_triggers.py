"""When the collector is called: at the end of every execution, on a schedule, and on delete."""

from typing import Final

from aws_cdk import CustomResource, Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

SCHEDULE_MINUTES: Final = 5
"""The events of Step Functions are best effort: this is how long what they miss may stay."""

DELETE_MINUTES: Final = 16
"""How long CloudFormation waits for the hook: as long as a function may live, and a minute."""


class CollectorTriggers(Construct):
    """The rules that call the collector, and the resource whose deletion calls its hook.

    Attributes
    ----------
    on_delete
        The custom resource. It has to depend on whatever an endpoint needs to
        be deleted: CloudFormation deletes it before those.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        collect: lambda_.Function,
        collect_on_delete: lambda_.Function,
        state_machine_arn: str,
    ) -> None:
        super().__init__(scope, construct_id)
        # jsii's protocols name their parameters otherwise than the classes do.
        target = targets.LambdaFunction(
            collect,  # pyright: ignore[reportArgumentType]
            event=events.RuleTargetInput.from_object({}),
        )
        events.Rule(
            self,
            "ExecutionEnded",
            description="Collect what an execution left, however it ended",
            event_pattern=events.EventPattern(
                source=["aws.states"],
                detail_type=["Step Functions Execution Status Change"],
                detail={
                    "stateMachineArn": [state_machine_arn],
                    "status": ["SUCCEEDED", "FAILED", "ABORTED", "TIMED_OUT"],
                },
            ),
            targets=[target],  # pyright: ignore[reportArgumentType]
        )
        events.Rule(
            self,
            "Schedule",
            description="Collect what the events missed",
            schedule=events.Schedule.rate(Duration.minutes(SCHEDULE_MINUTES)),
            targets=[target],  # pyright: ignore[reportArgumentType]
        )
        self.on_delete = CustomResource(
            self,
            "OnDelete",
            resource_type="Custom::CollectOnDelete",
            service_token=collect_on_delete.function_arn,
            service_timeout=Duration.minutes(DELETE_MINUTES),
        )
