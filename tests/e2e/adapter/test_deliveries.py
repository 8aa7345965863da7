"""Who may invoke a function: events and topics need the function's permission."""

import json
import time

from tests.e2e.adapter.account import Account, unique

RECORD = "def handler(event, context): print('delivered')"


def delivered(account: Account, function: str) -> bool:
    """Tell whether the function was invoked within a second."""
    group = f"/aws/lambda/{function.rsplit(':', 1)[-1]}"
    for _ in range(20):
        time.sleep(0.05)
        groups = account.logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]
        if groups:
            return True
    return False


def permit(account: Account, function: str, principal: str, source: str) -> None:
    account.functions.add_permission(
        FunctionName=function,
        StatementId="permit",
        Action="lambda:InvokeFunction",
        Principal=principal,
        SourceArn=source,
    )


def send_event(account: Account, function: str, permitted_rule: str | None) -> None:
    rule, source = unique("rule"), unique("source")
    pattern = {"source": [source]}
    arn = account.events.put_rule(Name=rule, EventPattern=json.dumps(pattern))["RuleArn"]
    account.events.put_targets(Rule=rule, Targets=[{"Id": "function", "Arn": function}])
    if permitted_rule is not None:
        permit(account, function, "events.amazonaws.com", permitted_rule.format(rule=arn))
    account.events.put_events(Entries=[{"Source": source, "DetailType": "Test", "Detail": "{}"}])


def publish(account: Account, function: str, permitted: bool) -> None:
    topics = account.client("sns")
    topic = topics.create_topic(Name=unique("topic"))["TopicArn"]
    topics.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=function)
    if permitted:
        permit(account, function, "sns.amazonaws.com", topic)
    topics.publish(TopicArn=topic, Message="hello")


def test_an_event_needs_the_functions_permission(corrected: Account, plain: Account) -> None:
    def arrives(account: Account, permitted_rule: str | None) -> bool:
        function = account.function(RECORD)
        send_event(account, function, permitted_rule)
        return delivered(account, function)

    assert arrives(corrected, "{rule}")
    assert not arrives(corrected, None)
    assert not arrives(corrected, "{rule}-of-another-name")
    assert arrives(plain, None), "ministack asks for the permission now"


def test_a_message_needs_the_functions_permission(corrected: Account, plain: Account) -> None:
    def arrives(account: Account, permitted: bool) -> bool:
        function = account.function(RECORD)
        publish(account, function, permitted)
        return delivered(account, function)

    assert arrives(corrected, permitted=True)
    assert not arrives(corrected, permitted=False)
    assert arrives(plain, permitted=False), "ministack asks for the permission now"
