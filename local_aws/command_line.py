"""Run the embedded AWS: ``up`` in the foreground, ``run`` beside a command, ``env`` for clients."""

import argparse
import os
import sys
from typing import NoReturn

from local_aws.environment import shell_lines
from local_aws.server import PortTakenError, become, prepare
from local_aws.settings import DEFAULT_PORT
from local_aws.supervisor import run


def main(arguments: list[str] | None = None) -> int:
    """Return the exit code of the verb that the arguments name."""
    options = _parser().parse_args(arguments)
    try:
        return options.verb(options)
    except PortTakenError as error:
        print(f"local_aws: {error}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m local_aws", description=__doc__)
    verbs = parser.add_subparsers(required=True, metavar="VERB")

    up = verbs.add_parser("up", help="run the embedded AWS until Ctrl-C")
    _add_port(up, DEFAULT_PORT)
    up.set_defaults(verb=_up)

    env = verbs.add_parser("env", help='print what eval "$(python -m local_aws env)" needs')
    _add_port(env, DEFAULT_PORT)
    env.set_defaults(verb=_env)

    run_ = verbs.add_parser("run", help="run a command beside an embedded AWS of its own")
    _add_port(run_, 0)
    run_.add_argument(
        "--parent", type=int, metavar="PID", help="end when PID, which started this, has ended"
    )
    run_.add_argument("command", nargs="+", metavar="COMMAND", help="after --")
    run_.set_defaults(verb=_run)
    return parser


def _add_port(parser: argparse.ArgumentParser, default: int) -> None:
    shown = default or "one that is free"
    parser.add_argument(
        "--port", type=int, default=default, help=f"the port it answers on (default: {shown})"
    )


def _up(options: argparse.Namespace) -> NoReturn:
    become(prepare(options.port))


def _env(options: argparse.Namespace) -> int:
    print(*shell_lines(os.environ, options.port), sep="\n")
    return 0


def _run(options: argparse.Namespace) -> int:
    try:
        return run(options.command, options.port, options.parent)
    except FileNotFoundError as error:
        print(f"local_aws: no such command: {error.filename}", file=sys.stderr)
        return 127
