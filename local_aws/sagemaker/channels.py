"""The channels of a training job: which objects they hold, and how the container gets them."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any, Final, Literal

from local_aws.sagemaker.resources import invalid, unavailable
from local_aws.sagemaker.shapes import Wire
from local_aws.sagemaker.storage import Storage, StorageError, split_uri

Mode = Literal["File", "FastFile", "Pipe"]

_LARGEST_MANIFEST: Final = 64 * 2**20
_S3_URI: Final = re.compile("s3://[^/]+/")


@dataclass(frozen=True, slots=True)
class Item:
    """One object of a channel.

    Attributes
    ----------
    uri
        Its S3 URI.
    name
        Its path below the channel's folder, where it becomes a file.
    """

    uri: str
    name: str


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel whose request was found good.

    Attributes
    ----------
    mode
        Its own input mode, or else the job's. FastFile is served as File: the
        container sees the same files.
    """

    request: Wire
    mode: Mode

    @property
    def name(self) -> str:
        """The channel's name."""
        return self.request["ChannelName"]

    @property
    def uri(self) -> str:
        """The S3 prefix, or the manifest."""
        return self._source["S3Uri"]

    @property
    def gzip(self) -> bool:
        """Whether its objects are decompressed on the way to the container."""
        return self.request.get("CompressionType") == "Gzip"

    @property
    def config(self) -> dict[str, str]:
        """The channel as ``inputdataconfig.json`` has it."""
        content_type = self.request.get("ContentType")
        return {
            "TrainingInputMode": self.mode,
            "S3DistributionType": self._source.get("S3DataDistributionType", "FullyReplicated"),
            "RecordWrapperType": self.request.get("RecordWrapperType", "None"),
            **({} if content_type is None else {"ContentType": content_type}),
        }

    def items(self, storage: Storage) -> Iterator[Item]:
        """Yield the objects, in the order of their keys or of the manifest.

        Raises
        ------
        StorageError
            If they cannot be listed, or the manifest is none.
        """
        if self._source["S3DataType"] == "ManifestFile":
            return _manifest_items(storage, self.uri)
        return _prefix_items(storage, self.uri)

    def order(self, items: list[Item], epoch: int) -> list[Item]:
        """Return the objects in an epoch's order: with a ShuffleConfig, each has its own."""
        if "ShuffleConfig" not in self.request:
            return items
        seed = f"{self.request['ShuffleConfig']['Seed']} {epoch}"
        return Random(seed).sample(items, len(items))  # noqa: S311 - an order, no secret

    @property
    def _source(self) -> dict[str, Any]:
        return self.request["DataSource"]["S3DataSource"]


def channels(request: Wire) -> list[Channel]:
    """Return the channels of a CreateTrainingJob request.

    Raises
    ------
    AwsError
        ``ValidationException`` for what AWS refuses, and what is not available here.
    """
    mode = request["AlgorithmSpecification"]["TrainingInputMode"]
    found = [
        Channel(channel, channel.get("InputMode", mode))
        for channel in request.get("InputDataConfig", ())
    ]
    for channel in found:
        _check(channel)
    if len({channel.name for channel in found}) < len(found):
        raise invalid("Channel names must be unique within a training job.")
    return found


def _check(channel: Channel) -> None:
    name, request = channel.name, channel.request
    source = request["DataSource"].get("S3DataSource")
    if source is None:
        raise unavailable(f"a data source other than S3 (channel {name})")
    kind = source["S3DataType"]
    if kind not in {"S3Prefix", "ManifestFile"}:
        raise unavailable(f"S3DataType {kind} (channel {name})")
    split_uri(source["S3Uri"])
    if channel.gzip and channel.mode != "Pipe":
        raise invalid(
            f"Invalid compression type for channel {name}: {channel.mode} mode only supports "
            "NONE, got Gzip instead"
        )
    if kind == "ManifestFile" and channel.mode == "FastFile":
        raise invalid(
            f"Invalid S3DataType for channel {name}: FastFile mode only supports S3Prefix, got "
            "ManifestFile instead"
        )
    if request.get("RecordWrapperType", "None") != "None":
        raise unavailable(f"RecordWrapperType {request['RecordWrapperType']} (channel {name})")


def _prefix_items(storage: Storage, uri: str) -> Iterator[Item]:
    """Name each object by what follows the prefix's last slash, as AWS does.

    ``s3://b/data/tr`` gives ``train/x`` of ``data/train/x``.
    """
    bucket, prefix = split_uri(uri)
    parent = prefix[: prefix.rfind("/") + 1]
    for key in storage.keys(uri):
        yield Item(f"s3://{bucket}/{key}", key.removeprefix(parent))


def _manifest_items(storage: Storage, uri: str) -> Iterator[Item]:
    try:
        entries: Any = json.loads(storage.read(uri, _LARGEST_MANIFEST))
    except (ValueError, RecursionError) as error:
        raise StorageError(f"{uri} is not a manifest: {error}") from error
    match entries:
        case [{"prefix": str(prefix)}, *names] if _S3_URI.match(prefix):
            pass
        case _:
            raise StorageError(f'{uri} is not a manifest: expected [{{"prefix": "s3://…"}}, …]')
    for name in names:
        if not isinstance(name, str):
            raise StorageError(f"{uri} is not a manifest: {name!r}: expected a string")
        yield Item(prefix + name, name)
