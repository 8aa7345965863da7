"""The phases of a long command, each with the seconds that it took."""

import time
from collections.abc import Generator
from contextlib import contextmanager

from rich.console import Console
from rich.table import Table


class Phases:
    """Announces phases as they begin and end, and tells in the end what each took."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._seconds: dict[str, float] = {}
        self._begun = time.monotonic()

    @contextmanager
    def phase(self, name: str) -> Generator[None]:
        """Time what is done in the context."""
        begun = time.monotonic()
        self._console.print(f"{name} ...", style="bold")
        yield
        self._seconds[name] = time.monotonic() - begun
        self._console.print(f"{name} done in {self._seconds[name]:.1f} s", style="bold")

    def print_table(self) -> None:
        """Print the seconds of each phase, and of all."""
        table = Table(title="Seconds", title_justify="left")
        table.add_column("phase")
        table.add_column("seconds", justify="right")
        for name, seconds in self._seconds.items():
            table.add_row(name, f"{seconds:.1f}")
        table.add_section()
        table.add_row("total", f"{time.monotonic() - self._begun:.1f}")
        self._console.print(table)
