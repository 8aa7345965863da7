"""The CDK CLI as a subprocess: its progress in a line, its whole output in a log."""

import os
import re
import subprocess
import sys
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Final

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from cli.aws import Aws
from cli.display import is_live
from cli.errors import CliError
from cli.stack import describe_stack
from contract.outputs import DEFAULT_STACK_NAME

_TOOLKIT_STACK: Final = "CDKToolkit"
_CHECKOUT: Final = Path(__file__).parents[1]
_TAIL_LINES: Final = 40
_STOP_SECONDS: Final = 10
_EVENT: Final = re.compile(r"\|\s*(?P<count>\d+/\d+)\s*\|[^|]*\|[^|]*\|\s*(?P<kind>AWS::\S+)")


@dataclass(frozen=True, slots=True)
class Cdk:
    """The CDK CLI for one stack in one account and region.

    Attributes
    ----------
    logs
        The folder of the logs, one a command.
    context
        Settings of the app, as ``-c`` takes them.
    """

    console: Console
    aws: Aws
    stack_name: str
    logs: Path
    context: tuple[str, ...] = ()

    def bootstrap(self) -> None:
        """Bootstrap the account and region, unless they are."""
        if describe_stack(self.aws, _TOOLKIT_STACK) is None:
            account = self.aws.sts.get_caller_identity()["Account"]
            # Away from cdk.json: bootstrap would synthesise the app, and has no use for it.
            self._run(self.logs, "bootstrap", f"aws://{account}/{self.aws.region}", "--no-notices")

    def deploy(self) -> None:
        """Deploy the stack as the app says."""
        self._run_app("deploy", "--require-approval", "never", "--progress", "events")

    def destroy(self) -> None:
        """Destroy the stack."""
        self._run_app("destroy", "--force", "--progress", "events")

    def _run_app(self, verb: str, *arguments: str) -> None:
        """Run a command on what the app synthesises, which nobody else reads or writes."""
        settings = list(self.context)
        if self.stack_name != DEFAULT_STACK_NAME:
            settings.append(f"pipeline:stack_name={self.stack_name}")
        context = [word for setting in settings for word in ("-c", setting)]
        with TemporaryDirectory(prefix="cdk.out-") as assembly:
            self._run(_CHECKOUT, verb, *arguments, *context, "--output", assembly)

    def _run(self, folder: Path, verb: str, *arguments: str) -> None:
        """Run a command of the CDK CLI in a folder.

        Raises
        ------
        CliError
            If it is not installed, or fails: then with the end of its log.
        """
        self.logs.mkdir(parents=True, exist_ok=True)
        log = self.logs / f"cdk-{verb}.log"
        profile = ["--profile", self.aws.profile] if self.aws.profile else []
        with log.open("w", encoding="utf-8") as sink:
            tail, code = self._stream(["cdk", verb, *arguments, *profile], folder, sink)
        if code != 0:
            said = "\n".join(tail)
            raise CliError(f"cdk {verb} failed with exit status {code}; all of it: {log}\n{said}")

    def _stream(self, command: list[str], folder: Path, sink: IO[str]) -> tuple[deque[str], int]:
        """Run a command, log what it prints, and return the end of it and its exit status."""
        tail: deque[str] = deque(maxlen=_TAIL_LINES)
        try:
            process = subprocess.Popen(  # noqa: S603 - a fixed command
                command,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                text=True,
                errors="replace",
                cwd=folder,
                env=self._environment(),
            )
        except FileNotFoundError as error:
            raise CliError("'cdk' is not in PATH: run 'make setup' in the checkout") from error
        try:
            for line in self._shown(process.stdout or (), command[1]):
                sink.write(line)
                tail.append(line.rstrip())
            return tail, process.wait()
        finally:
            _stop(process)

    def _shown(self, lines: Iterable[str], verb: str) -> Iterable[str]:
        """Hand lines on; on a terminal, also show how far CloudFormation is."""
        if not is_live(self.console):
            yield from lines
            return
        columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
        with Progress(*columns, console=self.console, transient=True) as progress:
            step = progress.add_task(f"cdk {verb}")
            for line in lines:
                if (event := _EVENT.search(line)) is not None:
                    progress.update(
                        step, description=f"cdk {verb}  {event['count']}  {event['kind']}"
                    )
                yield line

    def _environment(self) -> dict[str, str]:
        """Return an environment in which `cdk` and Node of this Python's environment are found."""
        beside = str(Path(sys.executable).parent)
        return os.environ | {
            "PATH": os.pathsep.join([beside, os.environ.get("PATH", os.defpath)]),
            "AWS_REGION": self.aws.region,
            "NO_COLOR": "1",
        }


def _stop(process: subprocess.Popen[str]) -> None:
    """Leave no process behind, also when the command is interrupted."""
    if process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
