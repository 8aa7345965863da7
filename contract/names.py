"""The names of what an execution creates, and its keys in the bucket.

Every name is a function of the stack's name and of the execution's ARN and
start time. Execution names may be reused after 90 days, and may hold
characters that SageMaker refuses, so names are built from hashes.
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal

Channel = Literal["train", "validation", "test"]
CHANNELS: Final[tuple[Channel, ...]] = ("train", "validation", "test")

STACK_TAG: Final = "linear-learner-mnist:stack"
"""Tag key that says which stack (by its hash) owns a SageMaker resource."""

EXECUTION_TAG: Final = "linear-learner-mnist:execution"
"""Tag key that says which execution (by its ARN) created a SageMaker resource."""

LATEST_EVALUATION_KEY: Final = "evaluations/latest.json"
MANIFEST_NAME: Final = "manifest.json"
SHARD_CONTENT_TYPE: Final = "application/x-recordio-protobuf"
VARIANT_NAME: Final = "AllTraffic"
"""The one production variant's name; constant, or an update loses the variant's scale."""

_FOLDER_NAME_LENGTH: Final = 48
_LONGEST_KEY: Final = 1_024  # bytes of UTF-8, by S3


def stack_hash(stack_name: str) -> str:
    """Return the 8 hex digits with which the names of a stack's SageMaker resources begin."""
    return hashlib.sha256(stack_name.encode()).hexdigest()[:8]


def execution_hash(execution_arn: str, start_time: datetime) -> str:
    """Return the 16 hex digits that tell an execution from any other, also of the same name.

    Parameters
    ----------
    execution_arn
        The execution's ARN.
    start_time
        When it started, with a time zone. Counted in milliseconds: that is
        what the context object and ``ListExecutions`` both hold.

    Raises
    ------
    ValueError
        If ``start_time`` has no time zone.
    """
    if start_time.tzinfo is None:
        raise ValueError(f"start_time {start_time.isoformat()} has no time zone")
    moment = start_time.astimezone(UTC).isoformat(timespec="milliseconds")
    return hashlib.sha256(f"{execution_arn} {moment}".encode()).hexdigest()[:16]


def attempt(redrive_count: int, retry_count: int) -> str:
    """Return the name of one attempt at a state: ``<redrive>-<retry>``."""
    return f"{redrive_count}-{retry_count}"


ATTEMPT_JSONATA: Final = (
    "$string($states.context.Execution.RedriveCount) & '-' & "
    "$string($states.context.State.RetryCount)"
)
"""`attempt`, as the state machine computes it."""


def check_execution_name(name: str) -> str:
    """Return the name of an execution, if a tag of SageMaker can hold it.

    Step Functions admits more characters; but the ARN, which ends with the
    name, is the value of `EXECUTION_TAG`.

    Raises
    ------
    ValueError
        If it holds another character.
    """
    if re.fullmatch(r"[\w.=+@-]+", name) is None:
        raise ValueError(
            f"execution name {name!r}: expected letters, digits and . = + @ _ - alone, "
            "since it tags what the execution creates in SageMaker"
        )
    return name


@dataclass(frozen=True, slots=True)
class ExecutionNames:
    """The names that belong to one execution.

    Attributes
    ----------
    resource
        ``<stack hash>-<execution hash>``: the model, the endpoint config and
        the candidate endpoint; with the attempt behind it, the training job.
    folder
        The execution's own folder under ``prepared/`` and ``evaluations/``:
        its name made safe and short, and 8 digits of its hash.
    """

    resource: str
    folder: str

    @classmethod
    def of(
        cls, *, stack_hash: str, execution_arn: str, execution_name: str, start_time: datetime
    ) -> "ExecutionNames":
        """Compute the names of the execution that is called and started so."""
        digest = execution_hash(execution_arn, start_time)
        readable = re.sub(r"[^A-Za-z0-9._-]+", "-", execution_name)[:_FOLDER_NAME_LENGTH]
        return cls(resource=f"{stack_hash}-{digest}", folder=f"{readable}-{digest[:8]}")

    def training_job(self, attempt: str) -> str:
        """Return the name of the training job of one attempt."""
        return f"{self.resource}-{attempt}"


def raw_prefix(sha256: str) -> str:
    """Return the prefix under which a dataset with that checksum is kept."""
    return f"raw/{sha256}/"


def prepared_prefix(folder: str, attempt: str) -> str:
    """Return the prefix of what one attempt at Prepare writes."""
    return f"prepared/{folder}/{attempt}/"


def channel_prefix(prepared: str, channel: Channel) -> str:
    """Return the prefix of one channel's shards below a `prepared_prefix`."""
    return f"{prepared}{channel}/"


def shard_key(prepared: str, channel: Channel, index: int) -> str:
    """Return the key of one shard of a channel below a `prepared_prefix`."""
    return f"{channel_prefix(prepared, channel)}part-{index:05d}.pbr"


def evaluation_key(folder: str) -> str:
    """Return the key of an execution's evaluation."""
    return f"evaluations/{folder}/evaluation.json"


def confusion_matrix_key(folder: str) -> str:
    """Return the key of an execution's confusion matrix, as CSV."""
    return f"evaluations/{folder}/confusion_matrix.csv"


def predictions_key(folder: str) -> str:
    """Return the key of an execution's predictions and of the records to replay."""
    return f"evaluations/{folder}/predictions.npz"


def promotion_key(folder: str) -> str:
    """Return the key of the promotion that an execution made."""
    return f"evaluations/{folder}/promotion.json"


def s3_uri(bucket: str, key: str) -> str:
    """Return ``s3://bucket/key``."""
    return f"s3://{bucket}/{key}"


def split_s3_uri(uri: str) -> tuple[str, str]:
    """Split ``s3://bucket/key`` into bucket and key.

    Raises
    ------
    ValueError
        If it is not such a URI.
    """
    found = re.fullmatch(r"s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])/(.+)", uri, re.DOTALL)
    if found is None:
        raise ValueError(f"{uri!r} is not an S3 URI: expected s3://bucket/key")
    if (size := len(found[2].encode())) > _LONGEST_KEY:
        raise ValueError(f"the key has {size:,} bytes: expected at most {_LONGEST_KEY:,}")
    return found[1], found[2]
