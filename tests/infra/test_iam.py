"""Who may do what: least privilege, told by the template alone."""

import json
from typing import Any

import pytest

from infra.function_specs import FUNCTIONS
from infra.workflow.definition import definition
from tests.infra.synthesis import Synthesis, as_list, as_text

# Actions for which AWS defines no resources; nothing else may be allowed on "*".
WITHOUT_RESOURCES = {
    "cloudwatch:PutMetricData": "narrowed to SageMaker's namespaces by its condition",
    "ecr:GetAuthorizationToken": "a token for the registry as a whole",
    "logs:CreateLogDelivery": "log deliveries know no ARN",
    "logs:DeleteLogDelivery": "log deliveries know no ARN",
    "logs:DescribeLogGroups": "a listing",
    "logs:DescribeResourcePolicies": "a listing",
    "logs:GetLogDelivery": "log deliveries know no ARN",
    "logs:ListLogDeliveries": "a listing",
    "logs:PutResourcePolicy": "the account's policies for logs know no ARN",
    "logs:UpdateLogDelivery": "log deliveries know no ARN",
    "sagemaker:ListEndpointConfigs": "a listing",
    "sagemaker:ListEndpoints": "a listing",
    "sagemaker:ListModels": "a listing",
    "sagemaker:ListTrainingJobs": "a listing",
    "xray:GetSamplingRules": "X-Ray's segments and rules know no ARN here",
    "xray:GetSamplingTargets": "X-Ray's segments and rules know no ARN here",
    "xray:PutTelemetryRecords": "X-Ray's segments and rules know no ARN here",
    "xray:PutTraceSegments": "X-Ray's segments and rules know no ARN here",
}
LIVE = ":endpoint/linear-learner-mnist"
OWN = "c65d3baf-*"


def actions_on(statements: list[dict[str, Any]], resource_end: str) -> set[str]:
    """Return all actions that are allowed on resources that end so."""
    return {
        action
        for statement in statements
        for resource in map(as_text, as_list(statement["Resource"]))
        if resource.endswith(resource_end)
        for action in as_list(statement["Action"])
    }


def services(role: dict[str, Any]) -> list[str]:
    """Return the services that a role trusts."""
    statements = role["AssumeRolePolicyDocument"]["Statement"]
    return [statement["Principal"]["Service"] for statement in statements]


def test_every_role_is_frozen_with_one_policy_inside(either: Synthesis) -> None:
    for name, role in either.of_type("AWS::IAM::Role").items():
        assert [policy["PolicyName"] for policy in role["Policies"]] == ["Permissions"], name
        assert "ManagedPolicyArns" not in role, name
    assert not either.of_type("AWS::IAM::Policy")
    assert not either.of_type("AWS::IAM::ManagedPolicy")


def test_every_role_trusts_one_service(default: Synthesis) -> None:
    trusted = {name: services(role) for name, role in default.of_type("AWS::IAM::Role").items()}
    expected = {name: ["lambda.amazonaws.com"] for name in FUNCTIONS}
    expected |= {"Pipeline": ["states.amazonaws.com"], "SageMaker": ["sagemaker.amazonaws.com"]}
    assert {name[: -len("Role12345678")]: found for name, found in trusted.items()} == expected


def test_services_that_say_for_whom_are_trusted_for_this_account_alone(default: Synthesis) -> None:
    own = {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}
    for role in default.of_type("AWS::IAM::Role").values():
        [statement] = role["AssumeRolePolicyDocument"]["Statement"]
        expected = None if services(role) == ["lambda.amazonaws.com"] else own
        assert statement.get("Condition") == expected, services(role)


def test_every_function_has_a_role_of_its_own(default: Synthesis) -> None:
    roles = [json.dumps(f["Role"]) for f in default.of_type("AWS::Lambda::Function").values()]
    assert len(set(roles)) == len(roles) == len(FUNCTIONS)


def test_only_what_knows_no_resources_is_allowed_on_all(either: Synthesis) -> None:
    for role, statements in either.roles().items():
        on_all = {
            action
            for statement in statements
            if "*" in as_list(statement["Resource"])
            for action in as_list(statement["Action"])
        }
        assert on_all <= set(WITHOUT_RESOURCES), role


def test_no_action_is_a_wildcard_and_nothing_is_denied_or_inverted(either: Synthesis) -> None:
    for role, statements in either.roles().items():
        for statement in statements:
            assert statement["Effect"] == "Allow", role
            assert not {"NotAction", "NotResource"} & set(statement), role
            assert not [a for a in as_list(statement["Action"]) if "*" in a], role


def test_a_role_is_passed_only_by_the_machine_and_only_to_sagemaker(either: Synthesis) -> None:
    passing = [
        (role, statement)
        for role, statements in either.roles().items()
        for statement in statements
        if "iam:PassRole" in as_list(statement["Action"])
    ]
    assert len(passing) == 1
    role, statement = passing[0]
    assert role == "Pipeline"
    assert as_text(statement["Resource"]).startswith("<SageMakerRole")
    assert statement["Condition"] == {
        "StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}
    }


def test_the_live_endpoint_is_promotes_alone(default: Synthesis) -> None:
    allowed = {role: actions_on(statements, LIVE) for role, statements in default.roles().items()}
    assert {role: actions for role, actions in allowed.items() if actions} == {
        "Promote": {
            "sagemaker:AddTags",
            "sagemaker:CreateEndpoint",
            "sagemaker:DeleteEndpoint",
            "sagemaker:DescribeEndpoint",
            "sagemaker:InvokeEndpoint",
            "sagemaker:ListTags",
            "sagemaker:UpdateEndpoint",
        },
        "Collect": {"sagemaker:DescribeEndpoint", "sagemaker:ListTags"},
        "CollectOnDelete": {
            "sagemaker:DeleteEndpoint",
            "sagemaker:DescribeEndpoint",
            "sagemaker:ListTags",
        },
    }


@pytest.mark.parametrize(
    ("role", "kind", "actions"),
    [
        ("Evaluate", "endpoint", "InvokeEndpoint"),
        ("Promote", "endpoint-config", "CreateEndpoint UpdateEndpoint"),
        ("Collect", "endpoint", "DeleteEndpoint DescribeEndpoint ListTags"),
        (
            "Collect",
            "endpoint-config",
            "DeleteEndpointConfig DescribeEndpointConfig ListTags",
        ),
        ("Collect", "model", "DeleteModel ListTags"),
        ("Collect", "training-job", "ListTags StopTrainingJob"),
        ("Pipeline", "model", "AddTags CreateModel DescribeModel"),
        (
            "Pipeline",
            "endpoint-config",
            "AddTags CreateEndpoint CreateEndpointConfig DescribeEndpointConfig",
        ),
        ("Pipeline", "endpoint", "AddTags CreateEndpoint DeleteEndpoint DescribeEndpoint"),
        (
            "Pipeline",
            "training-job",
            "AddTags CreateTrainingJob DescribeTrainingJob ListTags StopTrainingJob",
        ),
    ],
)
def test_what_executions_create_is_told_by_the_stacks_hash(
    default: Synthesis, role: str, kind: str, actions: str
) -> None:
    expected = {f"sagemaker:{action}" for action in actions.split()}
    assert actions_on(default.roles()[role], f":{kind}/{OWN}") == expected


def test_no_sagemaker_resource_of_anybody_else_is_touched(default: Synthesis) -> None:
    for role, statements in default.roles().items():
        for statement in statements:
            resources = [as_text(one) for one in as_list(statement["Resource"])]
            touched = [one for one in resources if ":sagemaker:" in one]
            assert [one for one in touched if not one.endswith((OWN, LIVE))] == [], role


def test_the_machine_may_do_what_its_states_do_and_no_more(default: Synthesis) -> None:
    states: Any = definition()["States"]
    used = {"iam:PassRole", "lambda:InvokeFunction", "sagemaker:AddTags"}
    for state in states.values():
        integration = state.get("Resource", "").partition("aws-sdk:sagemaker:")[2]
        if integration:
            used.add(f"sagemaker:{integration[0].upper()}{integration[1:]}")
    run_a_job = {
        f"sagemaker:{action}"
        for action in ("CreateTrainingJob", "DescribeTrainingJob", "ListTags", "StopTrainingJob")
    }
    allowed = {
        action
        for statement in default.roles()["Pipeline"]
        for action in as_list(statement["Action"])
        if action.partition(":")[0] in ("iam", "lambda", "sagemaker")
    }
    assert allowed == used | run_a_job


def test_the_machine_invokes_the_functions_of_its_states_and_no_other(default: Synthesis) -> None:
    [statement] = [
        one
        for one in default.roles()["Pipeline"]
        if "lambda:InvokeFunction" in as_list(one["Action"])
    ]
    invoked = {as_text(one).strip("<>").removesuffix(".Arn")[:-16] for one in statement["Resource"]}
    states: Any = definition()["States"]
    called = {
        state["Arguments"]["FunctionName"].removeprefix("${").removesuffix("Arn}")
        for state in states.values()
        if state.get("Resource", "").endswith("lambda:invoke")
    }
    assert invoked == called


def test_the_machine_watches_its_jobs_by_the_rule_of_step_functions(default: Synthesis) -> None:
    rule = "StepFunctionsGetEventsForSageMakerTrainingJobsRule"
    actions = actions_on(default.roles()["Pipeline"], f":rule/{rule}")
    assert actions == {"events:DescribeRule", "events:PutRule", "events:PutTargets"}


def test_executions_are_read_by_the_collector_and_stopped_on_delete_alone(
    default: Synthesis,
) -> None:
    end = ":execution:linear-learner-mnist:*"
    allowed = {role: actions_on(found, end) for role, found in default.roles().items()}
    assert {role: actions for role, actions in allowed.items() if actions} == {
        "Collect": {"states:DescribeExecution"},
        "CollectOnDelete": {"states:DescribeExecution", "states:StopExecution"},
    }


def test_the_hook_reads_the_status_of_its_own_stack_alone(either: Synthesis) -> None:
    read = {
        (role, as_text(resource))
        for role, statements in either.roles().items()
        for statement in statements
        if "cloudformation:DescribeStacks" in as_list(statement["Action"])
        for resource in as_list(statement["Resource"])
    }
    assert read == {("CollectOnDelete", "<AWS::StackId>")}


def test_the_bucket_is_shared_out_by_prefix(default: Synthesis) -> None:
    table = {
        (role, resource.partition(".Arn>/")[2]): actions_on(
            statements, resource.partition(".Arn>")[2]
        )
        for role, statements in default.roles().items()
        for statement in statements
        for resource in map(as_text, as_list(statement["Resource"]))
        if resource.startswith("<Storage") and ".Arn>/" in resource
    }
    reads, writes, abort = "s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload"
    assert table == {
        ("Ingest", "raw/*"): {writes},
        ("Prepare", "raw/*"): {reads},
        ("Prepare", "prepared/*"): {writes},
        ("SageMaker", "prepared/*"): {reads},
        ("SageMaker", "models/*"): {reads, writes, abort},
        ("Evaluate", "prepared/*"): {reads},
        ("Evaluate", "evaluations/*"): {reads, writes},
        ("Promote", "evaluations/*"): {reads, writes},
    }


def test_only_the_configured_datasets_are_read_and_by_ingest_alone(customised: Synthesis) -> None:
    foreign = {
        (role, as_text(resource))
        for role, statements in customised.roles().items()
        for statement in statements
        for resource in as_list(statement["Resource"])
        if ":s3:::" in as_text(resource)
    }
    bucket = "arn:<AWS::Partition>:s3:::"
    assert foreign == {
        ("Ingest", f"{bucket}acme-datasets"),
        ("Ingest", f"{bucket}acme-datasets/*"),
        ("Ingest", f"{bucket}acme-archive-<AWS::Region>"),
        ("Ingest", f"{bucket}acme-archive-<AWS::Region>/*"),
    }


def test_the_bucket_is_emptied_only_where_it_goes_with_the_stack(
    default: Synthesis, customised: Synthesis
) -> None:
    deleting = "s3:DeleteObjectVersion"
    assert deleting not in default.text()
    may = [role for role, found in customised.roles().items() if deleting in json.dumps(found)]
    assert may == ["CollectOnDelete"]


def test_every_function_writes_its_own_log_and_traces(default: Synthesis) -> None:
    for name in FUNCTIONS:
        statements = default.roles()[name]
        [log] = [s for s in statements if "logs:PutLogEvents" in as_list(s["Action"])]
        assert as_list(log["Action"]) == ["logs:CreateLogStream", "logs:PutLogEvents"]
        assert as_text(log["Resource"]).startswith(f"<{name}Logs"), name
        assert {"xray:PutTraceSegments", "xray:PutTelemetryRecords"} <= actions_on(statements, "*")


# What follows is asked for by AWS alone: nothing that runs locally would miss it.


def test_sagemaker_may_pull_the_one_image(default: Synthesis) -> None:
    statements = default.roles()["SageMaker"]
    assert actions_on(statements, ":repository/linear-learner") == {
        "ecr:BatchCheckLayerAvailability",
        "ecr:BatchGetImage",
        "ecr:GetDownloadUrlForLayer",
    }
    assert "ecr:GetAuthorizationToken" in actions_on(statements, "*")


def test_sagemaker_may_write_its_logs_and_metrics(default: Synthesis) -> None:
    statements = default.roles()["SageMaker"]
    assert {"logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"} <= actions_on(
        statements, ":log-group:/aws/sagemaker/*"
    )
    [metrics] = [s for s in statements if s["Action"] == "cloudwatch:PutMetricData"]
    assert metrics["Condition"] == {"StringLike": {"cloudwatch:namespace": "/aws/sagemaker/*"}}


def test_sagemaker_lists_only_what_it_reads(default: Synthesis) -> None:
    [listing] = [s for s in default.roles()["SageMaker"] if s["Action"] == "s3:ListBucket"]
    assert listing["Condition"] == {"StringLike": {"s3:prefix": ["prepared/*", "models/*"]}}


def test_the_machine_may_deliver_its_logs_and_traces(default: Synthesis) -> None:
    allowed = actions_on(default.roles()["Pipeline"], "*")
    assert {action for action in WITHOUT_RESOURCES if action.startswith(("logs:", "xray:"))} <= (
        allowed
    )


def test_eventbridge_may_call_the_collector_and_only_by_these_rules(default: Synthesis) -> None:
    permissions = default.of_type("AWS::Lambda::Permission").values()
    rules = {f"<{logical_id}.Arn>" for logical_id in default.of_type("AWS::Events::Rule")}
    assert {as_text(one["SourceArn"]) for one in permissions} == rules
    for one in permissions:
        assert one["Principal"] == "events.amazonaws.com"
        assert as_text(one["FunctionName"]).startswith("<CollectFunction")
