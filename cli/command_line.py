"""The command line of the commands: the arguments, and what becomes of an error."""

import argparse
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import Final, NoReturn

from botocore.exceptions import BotoCoreError, ClientError

from cli.aws import Aws
from cli.commands import predict_file, results, start, watch
from cli.demo import run_demo
from cli.display import make_console
from cli.errors import FAILED, CliError, explain
from cli.results import LATEST
from cli.verify import Verification
from contract.outputs import DEFAULT_STACK_NAME

_INTERRUPTED: Final = 128 + signal.SIGINT
_PIPE_CLOSED: Final = 128 + signal.SIGPIPE
_STANDARD_OUTPUT: Final = "-"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command that the arguments name, and return the exit status.

    0: it succeeded. 1: the pipeline failed, or AWS refused. 2: what was asked
    for is wrong, and nothing was done. 130: interrupted.
    """
    options = make_parser().parse_args(arguments)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, _terminate)
    try:
        return _run(options)
    except CliError as error:
        _complain(str(error))
        return error.status
    except (BotoCoreError, ClientError) as error:
        _complain(explain(error))
        return FAILED
    except BrokenPipeError:
        # Who reads has seen enough; Python would complain again when it flushes at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _PIPE_CLOSED
    except KeyboardInterrupt:
        _complain("interrupted")
        return _INTERRUPTED


def _run(options: argparse.Namespace) -> int:
    console = make_console()
    aws = Aws(profile=options.profile, region=options.region)
    stack = options.stack_name
    match options.command:
        case "start":
            return start(
                console, aws, stack, source=options.input, name=options.name, watched=options.watch
            )
        case "watch":
            return watch(console, aws, stack, execution=options.execution)
        case "results":
            return results(console, aws, stack, execution=options.execution, folder=options.output)
        case "predict":
            output = None if options.output == _STANDARD_OUTPUT else Path(options.output)
            return predict_file(aws, stack, path=options.file, output=output)
        case "demo":
            return run_demo(console, aws, stack)
        case _:
            verification = Verification(console, aws, stack, keep=options.keep)
            return verification.run(agreed=options.yes)


def make_parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    parser = argparse.ArgumentParser(prog="python -m cli", description="The pipeline's commands.")
    _add_common(parser, DEFAULT_STACK_NAME)
    common = argparse.ArgumentParser(add_help=False)
    _add_common(common, argparse.SUPPRESS)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def add(name: str, text: str) -> argparse.ArgumentParser:
        return commands.add_parser(name, parents=[common], help=text, description=text)

    command = add("start", "Check an input and start an execution with it.")
    command.add_argument("--input", metavar="FILE", help="JSON, - for standard input; default {}")
    command.add_argument("--name", help="the execution's name; default: Step Functions gives one")
    command.add_argument("--watch", action="store_true", help="follow it to its end")

    command = add("watch", "Follow an execution to its end.")
    _add_execution(command)

    command = add("results", "Fetch what an execution has measured, and print it.")
    _add_execution(command)
    command.add_argument(
        "--output", type=Path, default=LATEST, metavar="DIR", help=f"default {LATEST}"
    )

    command = add("predict", "Send the rows of a CSV, features alone, to the live endpoint.")
    command.add_argument("file", type=Path, metavar="FILE.csv")
    command.add_argument(
        "--output", default=_STANDARD_OUTPUT, metavar="FILE", help="default -: standard output"
    )

    add("demo", "Deploy on the embedded AWS, run one execution, show the results.")

    command = add("verify", "Deploy, rehearse once, check, destroy; in the account you are in.")
    command.add_argument("--keep", action="store_true", help="leave the stack deployed")
    command.add_argument("--yes", action="store_true", help="agree to what it costs on AWS")
    return parser


def _add_common(parser: argparse.ArgumentParser, stack_default: str) -> None:
    """Add the options that every command has, before its name or behind it."""
    default = argparse.SUPPRESS if stack_default == argparse.SUPPRESS else None
    parser.add_argument("--profile", default=default, help="a profile of the AWS configuration")
    parser.add_argument("--region", default=default, help="an AWS region")
    parser.add_argument("--stack-name", default=stack_default, help=f"default {DEFAULT_STACK_NAME}")


def _add_execution(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "execution", nargs="?", metavar="EXECUTION", help="name or ARN; default: the latest"
    )


def _terminate(number: int, _frame: FrameType | None) -> NoReturn:
    """End as on Ctrl-C, so that what was started is stopped."""
    sys.exit(128 + number)


def _complain(text: str) -> None:
    print(f"error: {text}", file=sys.stderr)
