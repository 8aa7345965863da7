"""The processes of one checkout, whoever is their parent by now."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_LISTENING = "0A"


@dataclass(frozen=True, slots=True)
class Process:
    pid: int
    arguments: tuple[str, ...]
    environment: str

    def runs(self, *words: str) -> bool:
        """Whether these words stand among the arguments, one after another."""
        count = len(words)
        return any(
            self.arguments[start : start + count] == words for start in range(len(self.arguments))
        )

    def __str__(self) -> str:
        return f"{self.pid} {' '.join(self.arguments)}"


def processes_of(folder: Path) -> list[Process]:
    """Return those whose arguments, environment or working folder name a folder.

    Whatever is started there inherits the shell's ``PWD``; what has an
    environment of its own is run from a file below the folder.
    """
    return [process for process in _all() if _names(process, str(folder))]


def ports_of(processes: list[Process]) -> set[int]:
    """Return the TCP ports on which these processes listen."""
    listening = _listening()
    return {
        listening[socket]
        for process in processes
        for socket in _sockets(process.pid)
        if socket in listening
    }


def listening_ports() -> set[int]:
    """Return the TCP ports on which any process listens."""
    return set(_listening().values())


def _all() -> Iterator[Process]:
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            arguments = (entry / "cmdline").read_bytes().decode(errors="replace").split("\0")
            environment = (entry / "environ").read_bytes().decode(errors="replace")
        except OSError:  # it has ended meanwhile
            continue
        if arguments != [""]:  # a zombie, or a thread of the kernel
            yield Process(int(entry.name), tuple(arguments[:-1]), environment)


def _names(process: Process, folder: str) -> bool:
    return folder in process.environment or any(folder in word for word in process.arguments)


def _sockets(pid: int) -> Iterator[str]:
    try:
        for descriptor in Path(f"/proc/{pid}/fd").iterdir():
            yield str(descriptor.readlink())
    except OSError:  # it has ended meanwhile
        return


def _listening() -> dict[str, int]:
    """Return the port of every listening socket, by the name that descriptors have for it."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return {
        f"socket:[{row[9]}]": int(row[1].rpartition(":")[2], 16)
        for row in rows
        if row[3] == _LISTENING
    }
