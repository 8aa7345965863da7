"""The process of the embedded AWS: ``server`` starts it with its environment already set."""

import argparse

from local_aws.ministack_adapter.process import serve


def main() -> None:
    """Serve until told to stop, or until the lifeline breaks."""
    parser = argparse.ArgumentParser(prog="python -m local_aws.ministack_adapter")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--socket", type=int, required=True, help="descriptor to listen on")
    parser.add_argument("--lifeline", type=int, help="descriptor of a pipe; its end is ours")
    options = parser.parse_args()
    serve(options.port, options.socket, options.lifeline)


if __name__ == "__main__":
    main()
