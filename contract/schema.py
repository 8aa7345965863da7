"""The JSON Schema of the execution input, as the docs show it.

``python -m contract.schema > docs/execution-input.schema.json`` renews it.
"""

import json
import sys

from contract.execution_input import ExecutionInput


def render() -> str:
    """Return the schema as JSON text, stable from run to run."""
    schema = ExecutionInput.model_json_schema(by_alias=True)
    return json.dumps(schema, indent=2, sort_keys=True) + "\n"


if __name__ == "__main__":
    sys.stdout.write(render())
