"""The one bucket: datasets, shards, artifacts and evaluations."""

from typing import Final

from aws_cdk import Acknowledgment, Duration, RemovalPolicy, Validations
from aws_cdk import aws_s3 as s3
from constructs import Construct

from contract.names import LATEST_EVALUATION_KEY

INTERMEDIATE_DAYS: Final = 30
"""How long raw/ and prepared/ are kept: longer than the 14 days in which a run can be redriven."""

NONCURRENT_DAYS: Final = 7
UNFINISHED_UPLOAD_DAYS: Final = 2


class PipelineBucket(Construct):
    """A private, versioned bucket that accepts TLS alone.

    No rule expires what lies under ``models/`` and in the executions' folders
    under ``evaluations/``: a live endpoint needs its artifact for as long as
    it lives, and the evaluations are the record of what was promoted.

    Attributes
    ----------
    bucket
        The bucket.
    """

    def __init__(self, scope: Construct, construct_id: str, *, keep: bool) -> None:
        super().__init__(scope, construct_id)
        self.bucket = s3.Bucket(
            self,
            "Bucket",
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            encryption=s3.BucketEncryption.S3_MANAGED,
            enforce_ssl=True,
            minimum_tls_version=1.2,
            versioned=True,
            removal_policy=RemovalPolicy.RETAIN if keep else RemovalPolicy.DESTROY,
            lifecycle_rules=[
                _expire("raw/"),
                _expire("prepared/"),
                s3.LifecycleRule(
                    id="replaced-copies",
                    prefix=LATEST_EVALUATION_KEY,
                    noncurrent_version_expiration=Duration.days(INTERMEDIATE_DAYS),
                ),
                s3.LifecycleRule(
                    id="unfinished-uploads",
                    abort_incomplete_multipart_upload_after=Duration.days(UNFINISHED_UPLOAD_DAYS),
                ),
            ],
        )
        Validations.of(self.bucket).acknowledge(
            Acknowledgment(
                id="AwsSolutions::AwsSolutions-S1",
                reason="Who reads what is CloudTrail's to log, by data events that an account"
                " turns on for all its buckets; a log bucket of each stack's own would be a copy.",
            )
        )


def _expire(prefix: str) -> s3.LifecycleRule:
    """Expire what can be made again from the dataset."""
    return s3.LifecycleRule(
        id=prefix.removesuffix("/"),
        prefix=prefix,
        expiration=Duration.days(INTERMEDIATE_DAYS),
        noncurrent_version_expiration=Duration.days(NONCURRENT_DAYS),
    )
