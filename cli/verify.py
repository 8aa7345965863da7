"""One rehearsal in whichever account the credentials point to, from deploy to destroy."""

import sys
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from rich.console import Console

from cli.aws import Aws
from cli.cdk import Cdk
from cli.endpoints import endpoint_status
from cli.errors import FAILED, REFUSED, CliError
from cli.execution import start_execution
from cli.leftovers import candidates, hosting_resources, wait_until_gone
from cli.phases import Phases
from cli.report import print_results
from cli.results import EVALUATION_FILE, fetch_results, save_results
from cli.run import show_execution
from cli.stack import describe_stack, find_stack
from contract.names import evaluation_key, s3_uri, stack_hash

_FOLDER: Final = Path("out/verify")
_REHEARSAL: Final = '{"hosting": {"keep": false}}'
_COST: Final = (
    "This costs about 0.10 USD, the minutes of one training instance and one endpoint instance, "
    "and takes about half an hour."
)
_COLLECTOR_SECONDS: Final = 900
"""How long a candidate may still be there: the collector comes every 300 s, thrice is enough."""


@dataclass(slots=True)
class Verification:
    """Deploys the stack, rehearses once, and checks what is there and what is not.

    Attributes
    ----------
    keep
        Leave the stack deployed.
    failures
        What was not as it should be.
    """

    console: Console
    aws: Aws
    stack_name: str
    keep: bool
    failures: list[str] = field(default_factory=list[str])

    def run(self, *, agreed: bool) -> int:
        """Return the exit status: 0 only if every check passed.

        Parameters
        ----------
        agreed
            Whether the cost in a real account is agreed to already.

        Raises
        ------
        CliError
            If the stack is there already and would be destroyed, nobody has
            agreed to the cost, or a step fails.
        """
        self._announce()
        self._spare_what_is_deployed()
        if self.aws.is_real and not agreed:
            _ask_to_spend(self.console)
        phases = Phases(self.console)
        # With a stack that is to go, the bucket goes too.
        context = () if self.keep else ("pipeline:keep_bucket=false",)
        cdk = Cdk(self.console, self.aws, self.stack_name, _FOLDER, context)
        with phases.phase("cdk bootstrap"):
            cdk.bootstrap()
        with ExitStack() as clean_up:
            if not self.keep:
                clean_up.callback(self._destroy, cdk, phases)
            try:
                with phases.phase("cdk deploy"):
                    cdk.deploy()
                self._rehearse(phases)
            except (KeyboardInterrupt, SystemExit):
                clean_up.pop_all()
                self.console.print(
                    f"interrupted: stack {self.stack_name} is left as it is; "
                    f"remove it with 'cdk destroy {self.stack_name}'"
                )
                raise
        phases.print_table()
        return self._conclude()

    def _announce(self) -> None:
        identity = self.aws.sts.get_caller_identity()
        where = "AWS" if self.aws.is_real else "the embedded AWS"
        self.console.print(
            f"account {identity['Account']} of {where}, region {self.aws.region}, "
            f"as {identity['Arn']}",
            soft_wrap=True,
        )
        if self.aws.is_real:
            self.console.print(_COST, soft_wrap=True)

    def _spare_what_is_deployed(self) -> None:
        if not self.keep and describe_stack(self.aws, self.stack_name) is not None:
            raise CliError(
                f"stack {self.stack_name!r} is deployed already, and verify destroys what it "
                "has deployed: name another with --stack-name, or leave it there with --keep",
                status=REFUSED,
            )

    def _rehearse(self, phases: Phases) -> None:
        stack = find_stack(self.aws, self.stack_name)
        before = endpoint_status(self.aws, "live", stack.endpoint)
        with phases.phase("rehearsal"):
            arn = start_execution(self.aws, stack, _REHEARSAL, name=None)
            execution = show_execution(self.console, self.aws, stack, arn).execution
        with phases.phase("checks"):
            results = fetch_results(self.aws, stack, arn)
            save_results(results, _FOLDER)
            self._check(execution.succeeded, f"the rehearsal has SUCCEEDED: {execution.status}")
            uri = s3_uri(stack.bucket, evaluation_key(execution.names(stack).folder))
            self._check(EVALUATION_FILE in results.files, f"the evaluation is at {uri}")
            left = wait_until_gone(lambda: candidates(self.aws, stack.hash), _COLLECTOR_SECONDS)
            self._check(not left, f"no candidate is left: {', '.join(left) or 'none'}")
            after = endpoint_status(self.aws, "live", stack.endpoint)
            self._check(after == before, f"the live endpoint is as it was: {after.status}")
        print_results(self.console, results)

    def _destroy(self, cdk: Cdk, phases: Phases) -> None:
        if describe_stack(self.aws, self.stack_name) is None:
            return
        with phases.phase("cdk destroy"):
            cdk.destroy()
        gone = describe_stack(self.aws, self.stack_name) is None
        self._check(gone, f"stack {self.stack_name} is gone")
        left = hosting_resources(self.aws, stack_hash(self.stack_name))
        self._check(not left, f"nothing of it is left in SageMaker: {', '.join(left) or 'nothing'}")

    def _check(self, passed: bool, claim: str) -> None:
        self.console.print(f"{'ok' if passed else 'FAILED':6}  {claim}", soft_wrap=True)
        if not passed:
            self.failures.append(claim)

    def _conclude(self) -> int:
        if self.failures:
            self.console.print(f"not verified: {len(self.failures)} of the checks failed")
            return FAILED
        self.console.print(f"verified; the results are in {_FOLDER}/")
        return 0


def _ask_to_spend(console: Console) -> None:
    if not sys.stdin.isatty():
        raise CliError("nobody is there to agree to it: agree with --yes", status=REFUSED)
    if console.input("Go on? [y/N] ").strip().lower() not in {"y", "yes"}:
        raise CliError("not agreed to; nothing was deployed", status=REFUSED)
