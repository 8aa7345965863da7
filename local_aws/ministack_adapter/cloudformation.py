"""What CloudFormation makes.

What AWS does: it makes resources by the services' own APIs, with their checks;
what a resource needs stays where that resource could not be deleted.
What ministack does: it writes functions and state machines down as they come,
whatever their roles allow, and roles without their permissions boundary; it
deletes all that can be deleted, so a destroy that failed cannot be repeated.
"""

from typing import Any

from ministack import app as ministack_app
from ministack.services import iam

from local_aws.ministack_adapter.lambda_functions import SERVICE as LAMBDA
from local_aws.ministack_adapter.lambda_functions import UNTRUSTED
from local_aws.ministack_adapter.machines import check_machine, machine_arn
from local_aws.ministack_adapter.patch import replace
from local_aws.ministack_adapter.principals import role_trusts
from local_aws.platform import AwsError

Json = dict[str, Any]


def install() -> None:
    """Correct ministack's CloudFormation at its first request: to import it takes a second."""
    handler = ministack_app.SERVICE_HANDLERS["cloudformation"]

    async def first(method: str, path: str, headers: Any, body: bytes, query_params: Any) -> Any:
        ministack_app.SERVICE_HANDLERS["cloudformation"] = handler
        _correct_provisioners()
        _correct_deletions()
        return await handler(method, path, headers, body, query_params)

    ministack_app.SERVICE_HANDLERS["cloudformation"] = first


def _correct_provisioners() -> None:
    from ministack.services.cloudformation import provisioners  # noqa: PLC0415 - see install

    def check_state_machine(logical_id: str, properties: Json) -> None:
        arn = machine_arn(properties.get("StateMachineName", logical_id))
        level = properties.get("LoggingConfiguration", {}).get("Level", "OFF")
        definition = provisioners._sfn_definition(properties)
        check_machine(arn, properties["RoleArn"], definition, level)

    checks = {
        "AWS::Lambda::Function": _check_function,
        "AWS::StepFunctions::StateMachine": check_state_machine,
    }
    for resource_type, check in checks.items():
        handlers: Any = provisioners._RESOURCE_HANDLERS[resource_type]
        handlers["create"] = _checked(check, handlers["create"])
    roles: Any = provisioners._RESOURCE_HANDLERS["AWS::IAM::Role"]
    roles["create"] = _bounded(roles["create"])


def _correct_deletions() -> None:
    from ministack.services import cloudformation  # noqa: PLC0415 - see install
    from ministack.services.cloudformation import stacks  # noqa: PLC0415

    def delete(
        original: Any,
        resource_type: str,
        physical_id: str,
        props: Json,
        stack_name: str | None = None,
        logical_id: str | None = None,
    ) -> Any:
        stack: Json = cloudformation._stacks.get(stack_name) or {}
        if stack.get("StackStatus") == "DELETE_IN_PROGRESS":
            resources: Json = stack["_resources"]
            kept = [name for name, one in resources.items() if name != logical_id and _failed(one)]
            definitions = stack.get("_template", {}).get("Resources", {})
            if logical_id in stacks._with_dependencies(kept, definitions, set(resources)):
                raise ValueError(f"a resource that could not be deleted needs {logical_id}")
        return original(resource_type, physical_id, props, stack_name, logical_id)

    replace(stacks, "_delete_resource", delete)


def _failed(resource: Json) -> bool:
    return resource.get("ResourceStatus") == "DELETE_FAILED"


def _checked(check: Any, create: Any) -> Any:
    def checked_create(logical_id: str, props: Json, stack_name: str) -> Any:
        try:
            check(logical_id, props)
        except AwsError as error:
            raise ValueError(error.message) from error
        return create(logical_id, props, stack_name)

    return checked_create


def _bounded(create: Any) -> Any:
    def bounded_create(logical_id: str, props: Json, stack_name: str) -> Any:
        name, attributes = create(logical_id, props, stack_name)
        if "PermissionsBoundary" in props:
            iam._roles[name]["PermissionsBoundary"] = props["PermissionsBoundary"]
        return name, attributes

    return bounded_create


def _check_function(_logical_id: str, properties: Json) -> None:
    if not role_trusts(properties["Role"], LAMBDA):
        raise AwsError("InvalidParameterValueException", UNTRUSTED)
