"""What ``make verify-aws`` runs in a real account, on the embedded one."""

import subprocess
import sys

from tests.e2e.pipeline.clients import Clients
from tests.e2e.pipeline.deployment import ROOT


def test_one_rehearsal_from_deploy_to_destroy(
    bootstrapped: dict[str, str], clients: Clients
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "cli", "verify", "--stack-name", "e2e-verify"],
        cwd=ROOT,
        env=bootstrapped,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    stacks = clients.cloudformation.list_stacks(StackStatusFilter=["DELETE_COMPLETE"])
    assert "e2e-verify" in [stack["StackName"] for stack in stacks["StackSummaries"]]
