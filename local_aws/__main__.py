"""``python -m local_aws``."""

import signal
import sys

if __name__ == "__main__":
    # Ctrl-C while the rest is imported: there is nothing to stop yet, and nothing to say.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    from local_aws.command_line import main

    sys.exit(main())
