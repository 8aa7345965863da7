"""A CloudWatch log stream that is written to live."""

import logging
import time
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Final

from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_logs.type_defs import InputLogEventTypeDef

_LOG = logging.getLogger(__name__)
_FLUSH_SECONDS: Final = 0.3
_CLOSE_SECONDS: Final = 10.0
_MOST_EVENTS: Final = 1000
_BATCH_BYTES: Final = 900_000  # PutLogEvents takes 1 MiB; the last line may exceed this
_EVENT_OVERHEAD: Final = 26  # what CloudWatch adds to each event's bytes


class LogStream:
    """Sends lines in small batches, from a thread of its own.

    As on AWS, a role that may not write logs loses them, and nothing else.
    """

    def __init__(self, client: "CloudWatchLogsClient", group: str, stream: str) -> None:
        self._client = client
        self._group = group
        self._stream = stream
        self._lost = False
        self._lines: SimpleQueue[InputLogEventTypeDef | None] = SimpleQueue()
        self._sender = Thread(target=self._send_all, daemon=True, name=f"logs of {stream}")
        self._sender.start()

    def write(self, line: str) -> None:
        """Write one line. CloudWatch has no empty events: an empty line is left out."""
        if line.strip() and not self._lost:
            moment = int(time.time() * 1000)
            self._lines.put({"timestamp": moment, "message": line})

    def close(self) -> None:
        """Wait until every line is sent, or it takes too long."""
        self._lines.put(None)
        self._sender.join(_CLOSE_SECONDS)

    def _send_all(self) -> None:
        try:
            self._create()
            while self._send_batch():
                pass
        except (ClientError, BotoCoreError) as error:
            self._lost = True
            _LOG.warning("logs of %s/%s are lost: %s", self._group, self._stream, error)

    def _create(self) -> None:
        try:
            self._client.create_log_stream(logGroupName=self._group, logStreamName=self._stream)
        except self._client.exceptions.ResourceNotFoundException:
            self._create_group()
            self._client.create_log_stream(logGroupName=self._group, logStreamName=self._stream)

    def _create_group(self) -> None:
        try:
            self._client.create_log_group(logGroupName=self._group)
        except self._client.exceptions.ResourceAlreadyExistsException:
            return

    def _send_batch(self) -> bool:
        """Send what comes in within a moment of the first line; False at the end."""
        events: list[InputLogEventTypeDef] = []
        size = 0
        event = self._lines.get()
        deadline = time.monotonic() + _FLUSH_SECONDS
        while event is not None:
            events.append(event)
            size += len(event["message"].encode()) + _EVENT_OVERHEAD
            if size >= _BATCH_BYTES or len(events) == _MOST_EVENTS:
                break
            try:
                event = self._lines.get(timeout=max(0.0, deadline - time.monotonic()))
            except Empty:
                break
        if events:
            self._client.put_log_events(
                logGroupName=self._group, logStreamName=self._stream, logEvents=events
            )
        return event is not None
