"""What the stack provisions, beyond its roles."""

import json
from pathlib import Path
from typing import Any

import pytest
from botocore.session import get_session

from contract import environment
from contract.names import stack_hash
from contract.outputs import (
    BUCKET_CONSOLE_OUTPUT,
    BUCKET_OUTPUT,
    ENDPOINT_OUTPUT,
    STATE_MACHINE_CONSOLE_OUTPUT,
    STATE_MACHINE_OUTPUT,
)
from infra.function_specs import FUNCTIONS
from infra.images import IMAGE_ACCOUNTS
from infra.workflow.definition import definition
from tests.infra.synthesis import Synthesis, as_text, synthesise


def test_the_bucket_is_private_encrypted_and_versioned(either: Synthesis) -> None:
    bucket = either.the("AWS::S3::Bucket")
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    assert "AES256" in json.dumps(bucket["BucketEncryption"])
    assert bucket["OwnershipControls"]["Rules"] == [{"ObjectOwnership": "BucketOwnerEnforced"}]


def test_the_bucket_refuses_what_is_not_tls(either: Synthesis) -> None:
    statements = either.the("AWS::S3::BucketPolicy")["PolicyDocument"]["Statement"]
    denied = {
        (json.dumps(statement["Condition"]), statement["Action"], statement["Principal"]["AWS"])
        for statement in statements
        if statement["Effect"] == "Deny"
    }
    assert ('{"Bool": {"aws:SecureTransport": "false"}}', "s3:*", "*") in denied
    assert ('{"NumericLessThan": {"s3:TlsVersion": 1.2}}', "s3:*", "*") in denied


def test_the_bucket_is_kept_unless_it_is_asked_for(
    default: Synthesis, customised: Synthesis
) -> None:
    def policies(synthesis: Synthesis) -> set[str]:
        resources = synthesis.template["Resources"].values()
        [bucket] = [one for one in resources if one["Type"] == "AWS::S3::Bucket"]
        return {bucket["DeletionPolicy"], bucket["UpdateReplacePolicy"]}

    assert policies(default) == {"Retain"}
    assert policies(customised) == {"Delete"}


def test_no_rule_expires_what_an_endpoint_or_the_record_needs(default: Synthesis) -> None:
    rules = default.the("AWS::S3::Bucket")["LifecycleConfiguration"]["Rules"]
    assert all(rule["Status"] == "Enabled" for rule in rules)
    expiring = {
        rule.get("Prefix", "") for rule in rules if any("Expiration" in key for key in rule)
    }
    assert expiring == {"raw/", "prepared/", "evaluations/latest.json"}
    [current] = [rule for rule in rules if rule.get("Prefix") == "evaluations/latest.json"]
    assert "ExpirationInDays" not in current, "only the copies that were replaced may go"
    assert [rule["Id"] for rule in rules if "AbortIncompleteMultipartUpload" in rule] == [
        "unfinished-uploads"
    ]


def test_what_a_redrive_reads_outlives_the_time_for_redrives(default: Synthesis) -> None:
    rules = default.the("AWS::S3::Bucket")["LifecycleConfiguration"]["Rules"]
    days = [rule["ExpirationInDays"] for rule in rules if "ExpirationInDays" in rule]
    assert min(days) > 14


def test_all_functions_share_one_asset(default: Synthesis) -> None:
    functions = default.of_type("AWS::Lambda::Function")
    assert len({json.dumps(one["Code"]) for one in functions.values()}) == 1
    assert {one["Handler"] for one in functions.values()} == {
        spec.handler for spec in FUNCTIONS.values()
    }


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_is_as_its_spec_says(either: Synthesis, name: str) -> None:
    function = either.the("AWS::Lambda::Function", f"{name}Function")
    spec = FUNCTIONS[name]
    assert function["Handler"] == spec.handler
    assert function["MemorySize"] == spec.memory_mb
    assert function["Timeout"] == spec.timeout_seconds
    assert function["Runtime"] == "python3.14"
    assert function["Architectures"] == ["x86_64"]
    assert function["TracingConfig"] == {"Mode": "Active"}
    assert as_text(function["LoggingConfig"]["LogGroup"]).startswith(f"<{name}Logs")


def test_functions_get_the_environment_that_the_contract_says(
    default: Synthesis, customised: Synthesis
) -> None:
    def variables(synthesis: Synthesis, name: str) -> dict[str, Any]:
        function = synthesis.the("AWS::Lambda::Function", f"{name}Function")
        return function["Environment"]["Variables"]

    def own(name: str) -> set[str]:
        return {key for key in variables(default, name) if not key.startswith("POWERTOOLS_")}

    bucket, live = environment.BUCKET_NAME, environment.LIVE_ENDPOINT
    owner, machine = environment.STACK_HASH, environment.STATE_MACHINE_ARN
    assert {name: own(name) for name in FUNCTIONS} == {
        "CheckInput": {environment.PIPELINE_DEFAULTS},
        "Ingest": {bucket},
        "Prepare": {bucket},
        "Judge": set(),
        "Evaluate": {bucket},
        "Promote": {bucket, owner},
        "Collect": {live, owner, machine},
        "CollectOnDelete": {live, owner, machine},
    }
    emptied = variables(customised, "CollectOnDelete")[environment.BUCKET_TO_EMPTY]
    assert as_text(emptied).startswith("<StorageBucket")
    assert variables(customised, "Collect")[live] == "digits"
    assert variables(customised, "Promote")[owner] == stack_hash("Digits-Staging")


def test_logs_are_kept_for_a_time_and_not_for_ever(
    default: Synthesis, customised: Synthesis
) -> None:
    for synthesis, days in ((default, 90), (customised, 365)):
        groups = synthesis.of_type("AWS::Logs::LogGroup")
        stack_name = "linear-learner-mnist" if synthesis is default else "Digits-Staging"
        assert {group["LogGroupName"] for group in groups.values()} == {
            f"/aws/vendedlogs/states/{stack_name}",
            *(f"/aws/lambda/{stack_name}/{name}" for name in FUNCTIONS),
        }
        assert len(groups) == len(FUNCTIONS) + 1
        assert {group["RetentionInDays"] for group in groups.values()} == {days}


def test_the_machine_logs_all_events_without_data_and_traces(
    default: Synthesis, customised: Synthesis
) -> None:
    machine = default.the("AWS::StepFunctions::StateMachine")
    logging = machine["LoggingConfiguration"]
    assert logging["Level"] == "ALL"
    assert logging["IncludeExecutionData"] is False
    assert machine["TracingConfiguration"] == {"Enabled": True}
    custom = customised.the("AWS::StepFunctions::StateMachine")["LoggingConfiguration"]
    assert custom["IncludeExecutionData"] is True


def test_the_machine_runs_the_definition_with_every_placeholder_filled(
    default: Synthesis,
) -> None:
    machine = default.the("AWS::StepFunctions::StateMachine")
    text = machine["DefinitionString"]
    assert json.loads(text) == json.loads(json.dumps(definition()))
    for key in machine["DefinitionSubstitutions"]:
        assert f"${{{key}}}" in text, f"{key} is substituted nowhere"
        text = text.replace(f"${{{key}}}", "")
    assert "${" not in text


def test_the_collector_is_called_by_every_end_and_every_five_minutes(default: Synthesis) -> None:
    ended = default.the("AWS::Events::Rule", "CollectorExecutionEnded")
    pattern = ended["EventPattern"]
    assert pattern["source"] == ["aws.states"]
    assert pattern["detail-type"] == ["Step Functions Execution Status Change"]
    assert pattern["detail"]["status"] == ["SUCCEEDED", "FAILED", "ABORTED", "TIMED_OUT"]
    [machine] = pattern["detail"]["stateMachineArn"]
    assert as_text(machine).endswith(":stateMachine:linear-learner-mnist")
    schedule = default.the("AWS::Events::Rule", "CollectorSchedule")
    assert schedule["ScheduleExpression"] == "rate(5 minutes)"
    for rule in (ended, schedule):
        [target] = rule["Targets"]
        assert as_text(target["Arn"]).startswith("<CollectFunction")


def test_endpoints_are_deleted_before_what_they_need(default: Synthesis) -> None:
    resources = default.template["Resources"]
    [hook] = [one for one in resources.values() if one["Type"] == "Custom::CollectOnDelete"]
    needed = {
        logical_id
        for logical_id in resources
        if logical_id.startswith(
            ("SageMakerRole", "StorageBucket", "Pipeline", "CollectOnDelete", "Promote")
        )
    }
    assert set(hook["DependsOn"]) == needed
    assert int(hook["Properties"]["ServiceTimeout"]) > FUNCTIONS["CollectOnDelete"].timeout_seconds


def test_the_hook_is_answered_by_this_stacks_function(default: Synthesis) -> None:
    resources = default.template["Resources"].values()
    [hook] = [one for one in resources if one["Type"] == "Custom::CollectOnDelete"]
    assert as_text(hook["Properties"]["ServiceToken"]).startswith("<CollectOnDeleteFunction")


def test_the_image_of_every_region_is_in_the_template(default: Synthesis) -> None:
    [name] = [name for name in default.template["Mappings"] if name.startswith("TrainingImage")]
    mapping = default.template["Mappings"][name]
    assert mapping == {region: {"account": found} for region, found in IMAGE_ACCOUNTS.items()}


def test_the_outputs_are_those_of_the_contract(either: Synthesis) -> None:
    assert set(either.template["Outputs"]) == {
        BUCKET_OUTPUT,
        STATE_MACHINE_OUTPUT,
        ENDPOINT_OUTPUT,
        STATE_MACHINE_CONSOLE_OUTPUT,
        BUCKET_CONSOLE_OUTPUT,
    }


def test_the_links_lead_to_the_console_of_every_partition(either: Synthesis) -> None:
    session = get_session()
    partitions = {session.get_partition_for_region(region) for region in IMAGE_ACCOUNTS}
    assert partitions == set(either.template["Mappings"]["ConsoleDomains"])
    for name in (STATE_MACHINE_CONSOLE_OUTPUT, BUCKET_CONSOLE_OUTPUT):
        link = json.dumps(either.template["Outputs"][name]["Value"])
        assert '{"Fn::FindInMap": ["ConsoleDomains", {"Ref": "AWS::Partition"}, "domain"]}' in link


def test_tags_reach_what_can_be_tagged(customised: Synthesis) -> None:
    for kind in ("AWS::S3::Bucket", "AWS::Lambda::Function", "AWS::StepFunctions::StateMachine"):
        for properties in customised.of_type(kind).values():
            assert {"Key": "team", "Value": "vision"} in properties["Tags"]


def test_the_embedded_aws_gets_the_same_template_but_for_the_asset(
    default: Synthesis, work: Path
) -> None:
    embedded = synthesise({}, work, digest="1" * 64, embedded=True)

    def without_assets(synthesis: Synthesis) -> str:
        [key] = {
            one["Code"]["S3Key"] for one in synthesis.of_type("AWS::Lambda::Function").values()
        }
        return synthesis.text().replace(key, "<asset>.zip")

    assert embedded.text() != default.text()
    assert without_assets(embedded) == without_assets(default)


def test_two_stacks_share_no_name(default: Synthesis, work: Path) -> None:
    other = synthesise({"stack_name": "other"}, work)

    def physical_names(synthesis: Synthesis) -> set[str]:
        return {
            value
            for resource in synthesis.template["Resources"].values()
            for key, value in resource.get("Properties", {}).items()
            if key.endswith("Name") and isinstance(value, str)
        }

    assert physical_names(default), "the state machine has a name of its own"
    assert not physical_names(default) & physical_names(other)
    assert "c65d3baf" not in other.text()
    assert "linear-learner-mnist" not in other.text().replace("linear-learner-mnist:", "")


def test_the_longest_name_of_a_stack_fits_into_every_name_that_is_made_of_it(work: Path) -> None:
    name = "Linear-Learner-" + "X" * 48
    made = synthesise({"stack_name": name}, work)
    assert len(name) == 63
    assert len(made.the("AWS::StepFunctions::StateMachine")["StateMachineName"]) <= 80
    assert made.template["Outputs"][ENDPOINT_OUTPUT]["Value"] == name.lower()
    groups = made.of_type("AWS::Logs::LogGroup").values()
    assert max(len(group["LogGroupName"]) for group in groups) <= 512
    longest_execution = (
        f"arn:aws-us-gov:states:us-gov-west-1:123456789012:execution:{name}:{'n' * 80}"
    )
    assert len(longest_execution) <= 256, "it is the value of a tag"
    # All other names are CloudFormation's, which shortens them itself.
    assert not [one for one in made.of_type("AWS::IAM::Role").values() if "RoleName" in one]
    assert not [
        one for one in made.of_type("AWS::Lambda::Function").values() if "FunctionName" in one
    ]
