"""Synthesis: `cdk synth` of the app with its bundles cached, beside the CDK CLI alone.

``python -m benchmarks.synth``: the app's part is what is left of the one when
the other is taken away. Medians of three, after a first run that fills the cache;
beside the seconds those of the processor, which other work does not lengthen.
"""

import resource
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

CDK = Path(".venv/bin/cdk")
AT_MOST_SECONDS = 8
TURNS = 3


def measure(*arguments: str) -> tuple[float, float]:
    """Return the seconds that a command of the CDK CLI takes, and the processor's."""
    began, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [CDK, *arguments], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return time.perf_counter() - began, processor


def main() -> None:
    """Measure in turns and print."""
    with tempfile.TemporaryDirectory() as output:
        synth = ("synth", "--quiet", "--output", output)
        measure(*synth)
        turns = [(measure(*synth), measure("--version")) for _ in range(TURNS)]
    print(f"{'':<28}{'s':>8}{'processor, s':>14}")
    for number, name in enumerate(("cdk synth, bundles cached", "cdk --version")):
        wall, processor = (statistics.median(t[number][column] for t in turns) for column in (0, 1))
        print(f"{name:<28}{wall:>8.2f}{processor:>14.2f}")
    print(f"(at most {AT_MOST_SECONDS} s)")


if __name__ == "__main__":
    main()
