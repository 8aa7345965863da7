"""Versions of S3 objects.

What AWS does: it keeps as many versions as are written.
What ministack does: it keeps them all in memory, though it has them on disk
too: an execution on all of MNIST takes a quarter of a gigabyte for good.
"""

from typing import Any

from ministack.services import s3

from local_aws.ministack_adapter.patch import replace

Json = dict[str, Any]


class StoredVersion(dict[str, Any]):
    """An entry of ministack's index of versions that reads its ``data`` from disk."""

    def __init__(self, entry: Json, bucket: str, key: str) -> None:
        super().__init__(entry, data=None)
        self._place = (bucket, key)

    def __getitem__(self, name: str) -> Any:
        """Return a member; the body is read for every use."""
        return self._body() if name == "data" else super().__getitem__(name)

    def get(self, name: str, default: Any = None) -> Any:
        """Return a member, or the default; the body is read for every use."""
        return self._body() if name == "data" else super().get(name, default)

    def _body(self) -> bytes | None:
        bucket, key = self._place
        return s3._version_body(s3._buckets[bucket], bucket, key, dict(self))


def install() -> None:
    """Correct ministack's versions."""
    replace(s3, "_record_object_version", _record_object_version)


def _record_object_version(
    original: Any,
    bucket_name: str,
    key: str,
    prior_obj: Json | None,
    obj: Json,
    data: bytes | None,
) -> str | None:
    version = original(bucket_name, key, prior_obj, obj, data)
    if s3._bucket_versioning.get(bucket_name) in {"Enabled", "Suspended"}:
        versions = s3._object_versions[bucket_name, key]
        versions[-1] = StoredVersion(versions[-1], bucket_name, key)
    return version
