"""The environment variables with which the stack configures its functions.

`infra` sets them and the handlers read them, both by these names alone. Which
function gets which is said at each name.
"""

from typing import Final

BUCKET_NAME: Final = "BUCKET_NAME"
"""The one bucket: Ingest, Prepare, Evaluate, Promote."""

LIVE_ENDPOINT: Final = "LIVE_ENDPOINT"
"""The name of the live endpoint: the collector and its delete hook."""

STACK_HASH: Final = "STACK_HASH"
"""`contract.names.stack_hash` of the stack: Promote, the collector and its delete hook."""

STATE_MACHINE_ARN: Final = "STATE_MACHINE_ARN"
"""The pipeline, whose RUNNING executions own things: the collector and its delete hook."""

PIPELINE_DEFAULTS: Final = "PIPELINE_DEFAULTS"
"""`contract.defaults.PipelineDefaults` as JSON: CheckInput."""

BUCKET_TO_EMPTY: Final = "BUCKET_TO_EMPTY"
"""The bucket that goes with the stack: the delete hook empties it, versions and all.

Absent where the bucket is kept, which is the default.
"""

EMBEDDED_AWS: Final = "EMBEDDED_AWS"
"""`1` at synth: the functions are bundled for this host, where the embedded AWS runs them.

No function gets it: a handler does not know where it runs.
"""
