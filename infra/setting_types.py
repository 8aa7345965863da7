"""The types of settings, and what may stand in them; `infra.config` reads them."""

from collections.abc import Mapping
from typing import Annotated, Final

from aws_cdk.aws_logs import RetentionDays
from pydantic import AfterValidator, Field, TypeAdapter

from contract.execution_input import InstanceType, S3Uri
from contract.names import split_s3_uri

REGION: Final = "<region>"
"""What stands for the stack's region in a bucket's name or a URI; it is known at deploy only."""

ANY_REGION: Final = "any-region-1"
"""What stands for it where a name has to be one that S3 admits."""

RETENTION_DAYS: Final[Mapping[int, RetentionDays]] = {
    7: RetentionDays.ONE_WEEK,
    14: RetentionDays.TWO_WEEKS,
    30: RetentionDays.ONE_MONTH,
    90: RetentionDays.THREE_MONTHS,
    180: RetentionDays.SIX_MONTHS,
    365: RetentionDays.ONE_YEAR,
    1827: RetentionDays.FIVE_YEARS,
}


def _check_retention(days: int) -> int:
    if days not in RETENTION_DAYS:
        raise ValueError(f"expected one of {', '.join(map(str, RETENTION_DAYS))} days")
    return days


def _check_regional_uri(uri: str) -> str:
    TypeAdapter(S3Uri).validate_python(uri.replace(REGION, ANY_REGION))
    return uri


def _check_regional_bucket(bucket: str) -> str:
    split_s3_uri(f"s3://{bucket.replace(REGION, ANY_REGION)}/key")
    return bucket


# SageMaker's own pattern of an endpoint's name, without capitals: its ARNs are in lower case.
EndpointName = Annotated[str, Field(pattern=r"^[a-z0-9](-*[a-z0-9])*$", max_length=63)]
StackName = Annotated[str, Field(pattern=r"^[A-Za-z](-*[A-Za-z0-9])*$", max_length=63)]
RegionalUri = Annotated[str, AfterValidator(_check_regional_uri)]
RegionalBucket = Annotated[str, AfterValidator(_check_regional_bucket)]
InstanceTypes = Annotated[tuple[InstanceType, ...], Field(min_length=1, strict=False)]
Retention = Annotated[int, AfterValidator(_check_retention)]
