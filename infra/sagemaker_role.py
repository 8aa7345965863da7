"""The role that SageMaker's jobs and endpoints run under."""

from aws_cdk import Aws
from aws_cdk import aws_iam as iam
from constructs import Construct

from infra.permissions import NO_RESOURCES, Permission, frozen_role


class SageMakerRole(Construct):
    """May read shards and artifacts, write artifacts, pull one image, write its own logs.

    Attributes
    ----------
    role
        The role. Endpoints need it for as long as they live, their deletion included.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        bucket_arn: str,
        repository_arn: str,
    ) -> None:
        super().__init__(scope, construct_id)
        keys = "Keys hold the names of executions and of their jobs, known at run time only."
        log_groups = f"arn:{Aws.PARTITION}:logs:{Aws.REGION}:{Aws.ACCOUNT_ID}:log-group"
        self.role: iam.IRole = frozen_role(
            self,
            "Role",
            service="sagemaker.amazonaws.com",
            description="What training jobs and endpoints of the pipeline may do",
            permissions=[
                Permission(
                    ["s3:GetObject"], [f"{bucket_arn}/prepared/*", f"{bucket_arn}/models/*"], keys
                ),
                Permission(
                    ["s3:PutObject", "s3:AbortMultipartUpload"], [f"{bucket_arn}/models/*"], keys
                ),
                # A channel is a prefix: SageMaker lists it before it reads.
                Permission(
                    ["s3:ListBucket"],
                    [bucket_arn],
                    conditions={"StringLike": {"s3:prefix": ["prepared/*", "models/*"]}},
                ),
                Permission(
                    [
                        "ecr:BatchCheckLayerAvailability",
                        "ecr:BatchGetImage",
                        "ecr:GetDownloadUrlForLayer",
                    ],
                    [repository_arn],
                ),
                Permission(["ecr:GetAuthorizationToken"], ["*"], NO_RESOURCES),
                Permission(
                    [
                        "logs:CreateLogGroup",
                        "logs:CreateLogStream",
                        "logs:DescribeLogStreams",
                        "logs:PutLogEvents",
                    ],
                    [f"{log_groups}:/aws/sagemaker/*"],
                    "SageMaker names the groups after its kinds and after the endpoints.",
                ),
                Permission(
                    ["cloudwatch:PutMetricData"],
                    ["*"],
                    NO_RESOURCES,
                    {"StringLike": {"cloudwatch:namespace": "/aws/sagemaker/*"}},
                ),
            ],
        )
