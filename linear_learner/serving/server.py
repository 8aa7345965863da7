"""The HTTP server around the application: granian, with workers that never outlive it."""

import multiprocessing
import os
import resource
import signal
import socket
import sys
import threading
import time
from functools import partial
from pathlib import Path
from typing import Final

from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels

from linear_learner import artifact
from linear_learner.container import PORT_VARIABLE, Container
from linear_learner.processors import processors
from linear_learner.serving.application import Application
from linear_learner.serving.endpoint import Endpoint
from linear_learner.serving.memory import keep_freed_memory

MOST_CONNECTIONS: Final = 4096
"""Of a worker at once: connections that are idle, or send slowly, cost no more than memory."""
STOP_SECONDS: Final = 25
"""What open requests have to be answered in; SageMaker kills a container after 30 seconds."""

_WATCH_SECONDS: Final = 0.25


def main() -> None:
    """Serve the model of this container until SIGTERM or SIGINT; open requests are answered."""
    container = Container.from_environment()
    try:
        # Read here only to fail early and clearly: every worker reads it by itself.
        artifact.load(container.model)
        _check_port(container)
    except (artifact.ArtifactError, OSError) as error:
        sys.exit(f"ClientError: {error}")
    _allow_as_many_files()
    if sys.platform == "linux":
        # Later Pythons have another default, by which a worker would import everything anew.
        multiprocessing.set_start_method("fork")
    _let_workers_end_while_they_start()
    server = Granian(
        "linear_learner",
        address=container.host,
        port=container.port,
        interface=Interfaces.RSGI,
        http=HTTPModes.http1,
        websockets=False,
        workers=processors(),
        backpressure=MOST_CONNECTIONS,
        respawn_failed_workers=True,
        workers_kill_timeout=STOP_SECONDS,
        log_level=LogLevels.warning,
    )
    server.serve(
        target_loader=partial(_load_application, container.model, os.getpid()), wrap_loader=False
    )


def _allow_as_many_files() -> None:
    """Raise the limit of open files, of which a connection is one, as far as the host allows."""
    allowed, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 2 * MOST_CONNECTIONS
    if most != resource.RLIM_INFINITY:
        wanted = min(wanted, most)
    if allowed not in (resource.RLIM_INFINITY, wanted):
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(allowed, wanted), most))


def _let_workers_end_while_they_start() -> None:
    """Keep a worker from swallowing SIGTERM with the handler of the server, which it inherits.

    A signal that comes between the fork and this handler's end waits for it.
    """
    ending = {signal.SIGTERM}
    unblock = partial(signal.pthread_sigmask, signal.SIG_UNBLOCK, ending)

    def end_by_the_signal() -> None:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        unblock()

    os.register_at_fork(
        before=partial(signal.pthread_sigmask, signal.SIG_BLOCK, ending),
        after_in_parent=unblock,
        after_in_child=end_by_the_signal,
    )


def _check_port(container: Container) -> None:
    """Refuse a port that is taken: the server itself would share it with another one."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((container.host, container.port))
        except OSError as error:
            raise OSError(
                f"{container.host}:{container.port}: {error.strerror}; "
                f"{PORT_VARIABLE} chooses another port"
            ) from error


def _load_application(model_folder: Path, server: int) -> Application:
    """Load the application in a worker."""
    keep_freed_memory()
    threading.Thread(target=_watch, args=(server,), daemon=True).start()
    return Application(Endpoint(artifact.load(model_folder)))


def _watch(server: int) -> None:
    """End this worker if the server is killed: nobody else would."""
    while os.getppid() == server:
        time.sleep(_WATCH_SECONDS)
    os.kill(os.getpid(), signal.SIGKILL)
