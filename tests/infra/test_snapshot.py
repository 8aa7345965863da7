"""What changed in the template, to the line. `pytest tests/infra --snapshot-update` accepts it."""

import json
from copy import deepcopy
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.json import JSONSnapshotExtension

from tests.infra.synthesis import Synthesis


@pytest.fixture
def snapshot_json(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    return snapshot.use_extension(JSONSnapshotExtension)


def readable(template: dict[str, Any]) -> dict[str, Any]:
    """Replace asset hashes, which say nothing, and open the definition, which is JSON in JSON."""
    template = deepcopy(template)
    for resource in template["Resources"].values():
        properties = resource.get("Properties", {})
        if resource["Type"] == "AWS::Lambda::Function":
            properties["Code"]["S3Key"] = "<asset>.zip"
        if resource["Type"] == "AWS::StepFunctions::StateMachine":
            properties["DefinitionString"] = json.loads(properties["DefinitionString"])
    return template


def test_default_configuration(default: Synthesis, snapshot_json: SnapshotAssertion) -> None:
    assert readable(default.template) == snapshot_json


def test_customised_configuration(customised: Synthesis, snapshot_json: SnapshotAssertion) -> None:
    assert readable(customised.template) == snapshot_json
