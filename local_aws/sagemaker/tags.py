"""The tags of all resources."""

from collections.abc import Mapping, Sequence
from threading import Lock
from typing import Any, Final

from local_aws.sagemaker.resources import invalid
from local_aws.sagemaker.shapes import Wire

_MOST_TAGS: Final = 50


class Tags:
    """Tags by the ARN of the resource. It has to be there: creating it enters it here."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._tags: dict[str, dict[str, str]] = {}

    def enter(self, arn: str, request: Mapping[str, Any]) -> None:
        """Take up a new resource with the tags of the request that creates it."""
        with self._lock:
            self._tags[arn] = as_mapping(request.get("Tags", ()))

    def drop(self, arn: str) -> None:
        """Forget a resource that is gone."""
        with self._lock:
            self._tags.pop(arn, None)

    def of(self, arn: str) -> Mapping[str, str]:
        """Return the tags of a resource; none if it is not there."""
        with self._lock:
            return dict(self._tags.get(arn.lower(), {}))

    def add(self, request: Wire) -> Wire:
        """Answer AddTags."""
        with self._lock:
            tags = self._existing(request)
            merged = tags | as_mapping(request["Tags"])
            if len(merged) > _MOST_TAGS:
                raise invalid(f"A resource can have {_MOST_TAGS} tags; {len(merged)} were given.")
            tags.update(merged)
        return {"Tags": request["Tags"]}

    def list(self, request: Wire) -> Wire:
        """Answer ListTags. A resource has too few tags for a second page."""
        with self._lock:
            tags = self._existing(request)
            return {"Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}

    def delete(self, request: Wire) -> Wire:
        """Answer DeleteTags."""
        with self._lock:
            tags = self._existing(request)
            for key in request["TagKeys"]:
                tags.pop(key, None)
        return {}

    def _existing(self, request: Wire) -> dict[str, str]:
        arn = request["ResourceArn"].lower()
        if arn not in self._tags:
            raise invalid(f'Could not find resource "{arn}".')
        return self._tags[arn]


def as_mapping(tags: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """Return the API's list of tags as a mapping."""
    return {tag["Key"]: tag["Value"] for tag in tags}
