"""Moments of ``make demo``, in the order in which they come, from set-up to Promote."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.interrupts.demo import Checkout


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment of the run.

    Attributes
    ----------
    reached
        Tells whether it has come; it stays true for long enough to be seen.
    victim
        Words among the arguments of the process that gets a signal which is not Ctrl-C's.
    """

    name: str
    reached: Callable[[Checkout], bool]
    victim: tuple[str, ...]


MAKE = ("make", "demo")
SETUP = (".venv/.app-ready",)
RUN = ("local_aws", "run")
AWS = ("local_aws.ministack_adapter",)
CLI = ("python", "-m", "cli", "demo")


def _runs(*words: str) -> Callable[[Checkout], bool]:
    return lambda checkout: any(process.runs(*words) for process in checkout.processes())


def _invokes(function: str) -> Callable[[Checkout], bool]:
    handler = f"_HANDLER=lambdas.{function}."
    return lambda checkout: any(handler in process.environment for process in checkout.processes())


def _has(pattern: str) -> Callable[[Checkout], bool]:
    return lambda checkout: any(True for _ in checkout.folder.glob(pattern))


def _both(
    one: Callable[[Checkout], bool], other: Callable[[Checkout], bool]
) -> Callable[[Checkout], bool]:
    return lambda checkout: one(checkout) and other(checkout)


def _creates(checkout: Checkout) -> bool:
    log = checkout.folder / "out" / "demo" / "cdk-deploy.log"
    return log.exists() and "CREATE_IN_PROGRESS" in log.read_text()


MOMENTS = (
    Moment("making .venv", _runs("ensurepip"), MAKE),
    Moment("installing uv", _runs("pip", "install"), SETUP),
    Moment(
        "installing packages",
        _both(_runs("pip", "sync"), _has(".venv/lib/*/site-packages/aws_cdk")),
        MAKE,
    ),
    Moment("npm ci", _both(_runs("node", ".venv"), _has("node_modules/*")), MAKE),
    Moment("the embedded AWS starts", _runs("local_aws", "run"), RUN),
    Moment("making the sample dataset", _has(".cache/mnist.pkl.part"), MAKE),
    Moment("cdk bootstrap", _runs("bootstrap"), CLI),
    Moment("bundling", _has(".cache/bundles/making-*/bundle/*"), MAKE),
    Moment("CloudFormation creates", _creates, RUN),
    Moment("Prepare", _invokes("prepare"), AWS),
    Moment("training", _runs("linear_learner", "train"), MAKE),
    Moment("the candidate serves", _runs("linear_learner", "serve"), CLI),
    Moment("Evaluate", _invokes("evaluate"), AWS),
    Moment("Promote", _invokes("promote"), RUN),
)
