"""Preparation: MNIST's pickle to checked, shuffled, labelled shards in S3.

``python -m benchmarks.preparation``: what Prepare does, on the embedded AWS, in
a process of its own for the sake of its peak memory; beside a process that
reads the same object with Python's own `pickle` and puts the bare arrays back,
without a check and without a format. Medians of three.
"""

import gzip
import io
import pickle
import resource
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime
from multiprocessing import get_context
from typing import Any

from benchmarks.evaluation import BUCKET, Aws
from contract.names import CHANNELS
from contract.plan import PlannedDataset, PlannedNames
from contract.tasks import ExecutionContext, IngestedDataset, PrepareEvent
from lambdas.ingest.ingestion import Ingestor
from lambdas.prepare.preparation import Preparer
from local_aws import sample_dataset
from local_aws.server import embedded_aws

AT_MOST_MB = 1000
TURNS = 3
DATASET = PlannedDataset(
    uri=f"s3://{sample_dataset.BUCKET}/{sample_dataset.KEY}",
    sha256=None,
    format="auto",
    positive_label=0,
)


def prepare(aws: Aws, ingested: IngestedDataset) -> None:
    name = "preparation"
    Preparer(aws.s3, BUCKET).prepare(
        PrepareEvent(
            execution=ExecutionContext(arn=name, name=name, start_time=datetime.now(UTC)),
            names=PlannedNames(resource=name, folder=name, live_endpoint=name),
            attempt="0-0",
            dataset=DATASET,
            ingested=ingested,
        )
    )


def copy(aws: Aws, ingested: IngestedDataset) -> None:
    key = ingested.uri.removeprefix(f"s3://{BUCKET}/")
    packed = aws.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()
    with gzip.open(io.BytesIO(packed)) as file:
        splits: Any = pickle.load(file, encoding="latin1")  # noqa: S301 - made by this program
    for channel, (features, labels) in zip(CHANNELS, splits, strict=True):
        for name, array in (("features", features), ("labels", labels)):
            aws.s3.put_object(Bucket=BUCKET, Key=f"copy/{channel}/{name}", Body=array.tobytes())


def measure(
    function: Callable[[Aws, IngestedDataset], None],
    environment: dict[str, str],
    ingested: IngestedDataset,
) -> tuple[float, float]:
    """Return the seconds of a call in this process, and the process's peak memory in MB."""
    aws = Aws.of(environment)
    began = time.perf_counter()
    function(aws, ingested)
    seconds = time.perf_counter() - began
    return seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000


def main() -> None:
    """Measure in turns and print."""
    functions = (prepare, copy)
    with embedded_aws() as running, get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
        environment = dict(running.environment)
        aws = Aws.of(environment)
        aws.s3.create_bucket(Bucket=BUCKET)
        ingested = Ingestor(aws.s3, BUCKET).ingest(DATASET)
        turns = [
            [pool.apply(measure, (function, environment, ingested)) for function in functions]
            for _ in range(TURNS)
        ]
    print(f"{'':<36}{'s':>8}{'MB':>8}")
    for number, name in enumerate(("Prepare", "pickle.load and the bare arrays")):
        seconds, peak = (statistics.median(t[number][column] for t in turns) for column in (0, 1))
        print(f"{name:<36}{seconds:>8.2f}{peak:>8.0f}")
    most = max(turn[0][1] for turn in turns)
    print(f"Prepare takes {most:.0f} MB (at most {AT_MOST_MB} MB)")


if __name__ == "__main__":
    main()
