"""What every part of the embedded AWS agrees on, each value once."""

from pathlib import Path
from typing import Final

REGION: Final = "us-east-1"
ACCOUNT: Final = "000000000000"
HOST: Final = "127.0.0.1"
DEFAULT_PORT: Final = 4566

WAIT_SCALE: Final = 0.02
"""How long Step Functions' waits and retry delays take here, of what they take on AWS.

Time-outs and EventBridge schedules are not scaled: they run in real time.
"""

CHECKOUT: Final = Path(__file__).resolve().parents[1]
CACHE: Final = CHECKOUT / ".cache"
STATE: Final = CACHE / "local_aws"
"""What outlives a run: the certificate, the root secret, and the runs' private folders."""
