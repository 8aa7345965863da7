"""The linters of the template: AWS Solutions by cdk-nag, and CloudFormation's own rules."""

import json
from pathlib import Path

import pytest
from cfnlint import ManualArgs
from cfnlint.api import lint

from tests.infra.conftest import CUSTOM_SETTINGS
from tests.infra.synthesis import Synthesis, synthesise

REGIONS = ["us-east-1", "eu-central-1", "cn-north-1"]
WRITTEN_BY_CDK = "W3005"  # a DependsOn that a reference makes redundant


@pytest.mark.parametrize("settings", [{}, CUSTOM_SETTINGS], ids=["default", "customised"])
def test_cdk_nag_has_no_findings(settings: dict[str, object], work: Path) -> None:
    synthesise(settings, work, lint=True)  # raises on a finding that is not acknowledged


def test_cdk_nag_refuses_a_wildcard_without_a_reason(
    work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def accept_nothing(*_: object) -> None:
        pass

    monkeypatch.setattr("infra.permissions._acknowledge", accept_nothing)
    with pytest.raises(RuntimeError, match="IAM5"):
        synthesise({}, work, lint=True)


def test_cfn_lint_has_no_findings(either: Synthesis) -> None:
    # cfn-lint reads the definition too, but would have it name one partition.
    template = json.dumps(either.template).replace("${Partition}", "aws")
    findings = lint(template, config=ManualArgs(regions=REGIONS, ignore_checks=[WRITTEN_BY_CDK]))
    assert [f"{one.rule.id} line {one.linenumber}: {one.message}" for one in findings] == []
