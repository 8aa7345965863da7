"""One call of the promotion loop: look, decide, do.

Permissions, on the live endpoint: ``sagemaker:DescribeEndpoint``,
``ListTags``, ``CreateEndpoint``, ``AddTags``, ``UpdateEndpoint``,
``DeleteEndpoint`` and ``InvokeEndpoint``; ``CreateEndpoint`` and
``UpdateEndpoint`` also on the stack's endpoint configs. In the bucket:
``s3:GetObject`` and ``s3:PutObject`` on ``evaluations/*``.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from contract.names import (
    EXECUTION_TAG,
    LATEST_EVALUATION_KEY,
    STACK_TAG,
    evaluation_key,
    predictions_key,
    promotion_key,
)
from contract.promotion import Promotion
from contract.tasks import PromoteEvent, PromoteResult
from lambdas import objects
from lambdas.endpoints import describe_endpoint
from lambdas.observability import logger
from lambdas.predictions import load_replay
from lambdas.promote.decision import Decision, decide, reverting
from lambdas.promote.replay import find_difference
from lambdas.sagemaker_errors import is_busy, is_missing

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sagemaker import SageMakerClient
    from mypy_boto3_sagemaker_runtime import SageMakerRuntimeClient


@dataclass(frozen=True, slots=True)
class Promoter:
    """Takes the live endpoint of one stack to a config."""

    sagemaker: "SageMakerClient"
    runtime: "SageMakerRuntimeClient"
    s3: "S3Client"
    bucket: str
    stack: str

    def advance(self, event: PromoteEvent) -> PromoteResult:
        """Do the next step, and say whether there is another one."""
        decision = self._decide(event)
        if decision.action == "replay":
            decision = self._verify(event, decision)
        try:
            self._act(event, decision)
        except ClientError as error:
            gone = decision.action == "delete" and is_missing(error)
            if not gone and not is_busy(error):
                raise
            # It may have been accepted all the same: then this is what it replaces.
            replaced = decision.progress.replaced_config
            progress = event.progress.model_copy(update={"replaced_config": replaced})
            return PromoteResult(outcome="wait", reason=str(error), progress=progress)
        if decision.outcome == "promoted":
            self._record(event, decision)
        return PromoteResult(
            outcome=decision.outcome, reason=decision.reason, progress=decision.progress
        )

    def _decide(self, event: PromoteEvent) -> Decision:
        endpoint = describe_endpoint(self.sagemaker, event.names.live_endpoint)
        return decide(
            endpoint,
            event.config,
            event.progress,
            stack=self.stack,
            execution=event.execution.arn,
        )

    def _verify(self, event: PromoteEvent, arrived: Decision) -> Decision:
        """Replay the candidate's records; where the answers differ, decide on the way back."""
        content = objects.read(self.s3, self.bucket, predictions_key(event.names.folder))
        difference = find_difference(self.runtime, event.names.live_endpoint, load_replay(content))
        if difference is None:
            return arrived
        logger.error("the live endpoint differs from the candidate", difference=difference)
        back = event.model_copy(update={"progress": reverting(arrived.progress)})
        return self._decide(back)

    def _act(self, event: PromoteEvent, decision: Decision) -> None:
        name = event.names.live_endpoint
        match decision.action:
            case "create":
                tags = {STACK_TAG: self.stack, EXECUTION_TAG: event.execution.arn}
                self.sagemaker.create_endpoint(
                    EndpointName=name,
                    EndpointConfigName=event.config,
                    Tags=[{"Key": key, "Value": value} for key, value in tags.items()],
                )
            case "update":
                self._update(name, event.config)
            case "send_back":
                self._update(name, str(decision.progress.replaced_config))
            case "delete":
                self.sagemaker.delete_endpoint(EndpointName=name)
            case "nothing" | "replay":
                pass

    def _update(self, name: str, config: str) -> None:
        self.sagemaker.update_endpoint(
            EndpointName=name,
            EndpointConfigName=config,
            # Or an endpoint that was scaled out falls back to its first size.
            RetainAllVariantProperties=True,
        )

    def _record(self, event: PromoteEvent, decision: Decision) -> None:
        """Write the ledger's entry, last; one that a call before this wrote stays."""
        folder = event.names.folder
        self.s3.copy_object(
            Bucket=self.bucket,
            Key=LATEST_EVALUATION_KEY,
            CopySource={"Bucket": self.bucket, "Key": evaluation_key(folder)},
        )
        promotion = Promotion(
            execution=event.execution.arn,
            endpoint=event.names.live_endpoint,
            config=event.config,
            replaced_config=decision.progress.replaced_config,
            promoted_at=datetime.now(UTC).isoformat(timespec="seconds"),
        )
        objects.write_once(
            self.s3,
            self.bucket,
            promotion_key(folder),
            promotion.model_dump_json(indent=2).encode(),
            "application/json",
        )
