"""States that are no tasks.

What AWS does: the output of a Succeed state in JSONata is what its ``Output``
says.
What ministack does: it passes the input on.
"""

from typing import Any

from ministack.services import stepfunctions

from local_aws.ministack_adapter.patch import replace

Json = dict[str, Any]


def install() -> None:
    """Correct ministack's states."""
    replace(stepfunctions, "_apply_output_path", _apply_output_path)


def _apply_output_path(original: Any, state_def: Json, data: Any, ctx: Json | None = None) -> Any:
    jsonata = stepfunctions._state_query_language(state_def, ctx) == "JSONata"
    if jsonata and state_def["Type"] == "Succeed":
        return stepfunctions._apply_jsonata_output(state_def, data, ctx, default=data)
    return original(state_def, data, ctx)
