"""What each function may do with the stack's things: the grants between the constructs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from aws_cdk import Aws, Stack

from infra.permissions import NO_RESOURCES, Permission
from infra.sagemaker_arns import RUN_TIME_NAMES, SageMakerArns, sagemaker_arn

ALL_EXECUTIONS: Final = "The executions of this state machine, whatever they are called."
RUN_TIME_KEYS: Final = "Keys hold checksums and executions' names, known at run time only."


@dataclass(frozen=True, slots=True, kw_only=True)
class Grants:
    """The statements of every function, scoped to one stack's things.

    Attributes
    ----------
    stack
        The stack; its region and account may be tokens.
    bucket_arn
        The one bucket.
    dataset_buckets
        Names of the buckets that a dataset may come from.
    sagemaker_arns
        What the executions create in SageMaker.
    live_endpoint
        The live endpoint's name.
    state_machine_name
        The pipeline's name. Its ARN is made from the name: the state machine
        needs the functions, so they cannot refer to it.
    empties_bucket
        Whether the bucket goes with the stack.
    """

    stack: Stack
    bucket_arn: str
    dataset_buckets: Sequence[str]
    sagemaker_arns: SageMakerArns
    live_endpoint: str
    state_machine_name: str
    empties_bucket: bool

    def of_functions(self) -> Mapping[str, list[Permission]]:
        """Return the statements of every function, by its name."""
        return {
            "CheckInput": [],
            "Ingest": self._ingest(),
            "Prepare": self._prepare(),
            "Judge": [],
            "Evaluate": self._evaluate(),
            "Promote": self._promote(),
            "Collect": self._collect(),
            "CollectOnDelete": self._collect_on_delete(),
        }

    @property
    def state_machine_arn(self) -> str:
        """The ARN of the pipeline."""
        return f"{self._states}:stateMachine:{self.state_machine_name}"

    @property
    def _executions(self) -> str:
        return f"{self._states}:execution:{self.state_machine_name}:*"

    @property
    def _live(self) -> str:
        return sagemaker_arn(self.stack, "endpoint", self.live_endpoint)

    @property
    def _states(self) -> str:
        return f"arn:{Aws.PARTITION}:states:{self.stack.region}:{self.stack.account}"

    def _objects(self, prefix: str, *actions: str) -> Permission:
        return Permission(actions, [f"{self.bucket_arn}/{prefix}*"], RUN_TIME_KEYS)

    def _ingest(self) -> list[Permission]:
        datasets = [f"arn:{Aws.PARTITION}:s3:::{bucket}" for bucket in self.dataset_buckets]
        return [
            Permission(
                ["s3:GetObject"],
                [f"{bucket}/*" for bucket in datasets],
                "An execution names its dataset; only the configured buckets are read.",
            ),
            Permission(["s3:ListBucket"], datasets),
            self._objects("raw/", "s3:PutObject"),
        ]

    def _prepare(self) -> list[Permission]:
        return [
            self._objects("raw/", "s3:GetObject"),
            self._objects("prepared/", "s3:PutObject"),
        ]

    def _evaluate(self) -> list[Permission]:
        return [
            self._objects("prepared/", "s3:GetObject"),
            self._objects("evaluations/", "s3:GetObject", "s3:PutObject"),
            Permission(
                ["sagemaker:InvokeEndpoint"], [self.sagemaker_arns.endpoints], RUN_TIME_NAMES
            ),
        ]

    def _promote(self) -> list[Permission]:
        return [
            self._objects("evaluations/", "s3:GetObject", "s3:PutObject"),
            Permission(
                [
                    "sagemaker:AddTags",
                    "sagemaker:DeleteEndpoint",
                    "sagemaker:DescribeEndpoint",
                    "sagemaker:InvokeEndpoint",
                    "sagemaker:ListTags",
                ],
                [self._live],
            ),
            # IAM asks for both: the endpoint, and the config that it is to run.
            Permission(
                ["sagemaker:CreateEndpoint", "sagemaker:UpdateEndpoint"],
                [self._live, self.sagemaker_arns.endpoint_configs],
                RUN_TIME_NAMES,
            ),
        ]

    def _collect(self) -> list[Permission]:
        arns = self.sagemaker_arns
        return [
            Permission(
                [
                    "sagemaker:ListEndpointConfigs",
                    "sagemaker:ListEndpoints",
                    "sagemaker:ListModels",
                    "sagemaker:ListTrainingJobs",
                ],
                ["*"],
                NO_RESOURCES,
            ),
            Permission(["sagemaker:DescribeEndpoint", "sagemaker:ListTags"], [self._live]),
            Permission(
                ["sagemaker:ListTags"],
                [arns.training_jobs, arns.models, arns.endpoint_configs, arns.endpoints],
                RUN_TIME_NAMES,
            ),
            Permission(["sagemaker:DescribeEndpoint"], [arns.endpoints], RUN_TIME_NAMES),
            *(
                Permission([f"sagemaker:{action}"], [arn], RUN_TIME_NAMES)
                for action, arn in (
                    ("DescribeEndpointConfig", arns.endpoint_configs),
                    ("StopTrainingJob", arns.training_jobs),
                    ("DeleteEndpoint", arns.endpoints),
                    ("DeleteEndpointConfig", arns.endpoint_configs),
                    ("DeleteModel", arns.models),
                )
            ),
            Permission(["states:ListExecutions"], [self.state_machine_arn]),
            Permission(["states:DescribeExecution"], [self._executions], ALL_EXECUTIONS),
        ]

    def _collect_on_delete(self) -> list[Permission]:
        return [
            *self._collect(),
            # Whether the stack is deleted, or updated and goes on.
            Permission(["cloudformation:DescribeStacks"], [self.stack.stack_id]),
            Permission(["sagemaker:DeleteEndpoint"], [self._live]),
            Permission(["states:StopExecution"], [self._executions], ALL_EXECUTIONS),
            *(self._empty_bucket() if self.empties_bucket else []),
        ]

    def _empty_bucket(self) -> list[Permission]:
        return [
            Permission(["s3:ListBucketVersions"], [self.bucket_arn]),
            self._objects("", "s3:DeleteObject", "s3:DeleteObjectVersion"),
        ]
