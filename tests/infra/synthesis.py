"""Synthesises the stack for tests: the app's own context, a bundle that holds nothing."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, cast

from aws_cdk import App, Validations
from aws_cdk.assertions import Template
from cdk_nag import AwsSolutionsChecks

from contract.environment import EMBEDDED_AWS
from infra.bundle import Bundle
from infra.config import PipelineConfig
from infra.stack import LinearLearnerStack

ROOT = Path(__file__).resolve().parents[2]
CDK_JSON: dict[str, Any] = json.loads((ROOT / "cdk.json").read_text())


@dataclass(frozen=True)
class Synthesis:
    """A template, and how to find things in it."""

    template: dict[str, Any]

    def of_type(self, kind: str) -> dict[str, Any]:
        """Return the properties of all resources of a type, by logical id."""
        return {
            logical_id: resource.get("Properties", {})
            for logical_id, resource in self.template["Resources"].items()
            if resource["Type"] == kind
        }

    def the(self, kind: str, part: str = "") -> dict[str, Any]:
        """Return the properties of the one resource whose logical id begins so."""
        found = {k: v for k, v in self.of_type(kind).items() if k.startswith(part)}
        assert len(found) == 1, f"{kind} {part}*: {sorted(found)}"
        return next(iter(found.values()))

    def roles(self) -> dict[str, list[dict[str, Any]]]:
        """Return the statements of every role, by the construct that it belongs to."""
        return {
            logical_id[: -len("Role12345678")]: role["Policies"][0]["PolicyDocument"]["Statement"]
            for logical_id, role in self.of_type("AWS::IAM::Role").items()
        }

    def text(self) -> str:
        """Return the template as text."""
        return json.dumps(self.template)


def synthesise(
    settings: Mapping[str, object],
    work: Path,
    *,
    digest: str = "0" * 64,
    embedded: bool = False,
    lint: bool = False,
) -> Synthesis:
    """Synthesise the stack with some settings, as app.py does but for the bundle."""
    bundle = work / "bundle"
    bundle.mkdir(exist_ok=True)
    app = App(context=CDK_JSON["context"], outdir=mkdtemp(dir=work))
    config = PipelineConfig.from_settings(settings, {EMBEDDED_AWS: "1"} if embedded else {})
    stack = LinearLearnerStack(
        app, config.stack_name, config=config, bundle=Bundle(directory=bundle, digest=digest)
    )
    if lint:
        Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    return Synthesis(dict(Template.from_stack(stack).to_json()))


def as_text(resource: Any) -> str:
    """Write a resource of a statement out: ``<LogicalId.Attribute>`` for a function."""
    match resource:
        case str():
            return resource
        case {"Ref": name}:
            return f"<{name}>"
        case {"Fn::GetAtt": [name, attribute]}:
            return f"<{name}.{attribute}>"
        case {"Fn::FindInMap": [_, _, key]}:
            return f"<{key}>"
        case {"Fn::Join": ["", parts]}:
            return "".join(as_text(part) for part in parts)
        case _:
            raise TypeError(f"not a resource: {resource!r}")


def as_list(value: Any) -> list[Any]:
    """Return what CloudFormation may write as one value or as a list, as a list."""
    return cast("list[Any]", value) if isinstance(value, list) else [value]
