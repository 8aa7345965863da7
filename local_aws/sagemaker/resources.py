"""The names of SageMaker's resources, and what is said when one is missing or there already."""

from collections.abc import Iterator
from dataclasses import dataclass
from threading import RLock
from typing import Final, Generic, Literal, TypeVar

from local_aws.platform import AwsError

Kind = Literal["training-job", "model", "endpoint-config", "endpoint"]

_SPOKEN: Final[dict[Kind, str]] = {
    "training-job": "training job",
    "model": "model",
    "endpoint-config": "endpoint configuration",
    "endpoint": "endpoint",
}

T = TypeVar("T")


def invalid(message: str) -> AwsError:
    """Return the error with which SageMaker refuses nearly everything."""
    return AwsError("ValidationException", message)


def unavailable(what: str) -> AwsError:
    """Return the error for what AWS can do and this service cannot."""
    return invalid(f"{what} is not available in the embedded SageMaker.")


@dataclass(frozen=True, slots=True)
class Arns:
    """ARNs of one region and account. SageMaker lower-cases the names in them."""

    region: str
    account: str

    def of(self, kind: Kind, name: str) -> str:
        """Return the ARN of a resource."""
        return f"arn:aws:sagemaker:{self.region}:{self.account}:{kind}/{name.lower()}"


class Collection(Generic[T]):
    """Resources of one kind, by names that are unique whatever their case.

    Attributes
    ----------
    lock
        Held over a check and the change that follows from it.
    """

    def __init__(self, kind: Kind, arns: Arns) -> None:
        self.lock = RLock()
        self._kind: Kind = kind
        self._arns = arns
        self._items: dict[str, T] = {}

    def __iter__(self) -> Iterator[T]:
        with self.lock:
            return iter(list(self._items.values()))

    def arn(self, name: str) -> str:
        """Return the ARN of the resource with that name."""
        return self._arns.of(self._kind, name)

    def check_absent(self, name: str) -> None:
        """Refuse a name that is taken.

        Raises
        ------
        AwsError
            ``ResourceInUse`` for a training job, ``ValidationException`` for the rest.
        """
        if name.lower() not in self._items:
            return
        if self._kind == "training-job":
            raise AwsError(
                "ResourceInUse",
                "Training job names must be unique within an AWS account and region, and a "
                f"training job with this name already exists ({self.arn(name)})",
            )
        raise invalid(f'Cannot create already existing {self._spoken} "{self.arn(name)}".')

    def add(self, name: str, item: T) -> None:
        """Add a resource whose name is not taken."""
        with self.lock:
            self.check_absent(name)
            self._items[name.lower()] = item

    def get(self, name: str) -> T:
        """Return a resource.

        Raises
        ------
        AwsError
            ``ValidationException`` in AWS's words if there is none.
        """
        with self.lock:
            if name.lower() in self._items:
                return self._items[name.lower()]
        if self._kind == "training-job":
            raise invalid("Requested resource not found.")
        raise invalid(f'Could not find {self._spoken} "{self.arn(name)}".')

    def find(self, name: str) -> T | None:
        """Return a resource, or None if there is none."""
        with self.lock:
            return self._items.get(name.lower())

    def remove(self, name: str) -> None:
        """Forget a resource, which has to be there."""
        with self.lock:
            self.get(name)
            del self._items[name.lower()]

    @property
    def _spoken(self) -> str:
        return _SPOKEN[self._kind]
