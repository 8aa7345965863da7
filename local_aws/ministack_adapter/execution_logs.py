"""The logs of executions.

What AWS does: a machine with a logging configuration writes its executions'
events to a log group, by level, with or without their data.
What ministack does: it keeps the configuration and writes nothing.
"""

import json
import time
from typing import Any, Final

from ministack.services import cloudwatch_logs

Json = dict[str, Any]

_LEVELS: Final = {
    "OFF": (),
    "FATAL": ("ExecutionFailed", "ExecutionAborted", "ExecutionTimedOut"),
    "ERROR": ("Failed", "Aborted", "TimedOut"),
    "ALL": ("",),
}
"""What the type of an event ends with (or is) if the level logs it."""

_DATA: Final = ("input", "output")


def log_event(machine: Json, execution: Json, event: Json) -> None:
    """Write an event to the machine's log group, if its level asks for that."""
    configuration = _lower_camel(machine["loggingConfiguration"])
    if not event["type"].endswith(_LEVELS[configuration.get("level", "OFF")]):
        return
    for destination in configuration["destinations"]:
        arn = destination["cloudWatchLogsLogGroup"]["logGroupArn"]
        record = _record(execution, event, configuration.get("includeExecutionData", False))
        _write(arn.split(":log-group:")[1].removesuffix(":*"), execution, json.dumps(record))


def _record(execution: Json, event: Json, with_data: bool) -> Json:
    details = next((value for key, value in event.items() if key.endswith("EventDetails")), {})
    shown = details if with_data else {k: v for k, v in details.items() if k not in _DATA}
    return {
        "id": str(event["id"]),
        "type": event["type"],
        "details": shown,
        "previous_event_id": str(event.get("previousEventId", 0)),
        "event_timestamp": str(_now()),
        "execution_arn": execution["executionArn"],
        "redrive_count": "0",
    }


def _write(group: str, execution: Json, message: str) -> None:
    stream = f"states/{execution['stateMachineArn'].rsplit(':', 1)[-1]}/{execution['name']}"
    place = {"logGroupName": group, "logStreamName": stream}
    if group not in cloudwatch_logs._log_groups:
        return
    if stream not in cloudwatch_logs._log_groups[group]["streams"]:
        cloudwatch_logs._create_log_stream(place)
    events = [{"timestamp": _now(), "message": message}]
    cloudwatch_logs._put_log_events({**place, "logEvents": events})


def _now() -> int:
    return time.time_ns() // 1_000_000


def _lower_camel(value: Any) -> Any:
    """Return a configuration as the API spells it; CloudFormation capitalises."""
    if isinstance(value, dict):
        return {key[0].lower() + key[1:]: _lower_camel(item) for key, item in value.items()}
    return [_lower_camel(item) for item in value] if isinstance(value, list) else value
