"""Every setting is checked, and a refusal names the key, the value and what is allowed."""

import json

import pytest
from aws_cdk import App

from contract.defaults import PipelineDefaults
from infra.config import ConfigurationError, PipelineConfig


def test_the_defaults_run_the_default_case() -> None:
    config = PipelineConfig()
    defaults = PipelineDefaults.model_validate_json(config.render_defaults("eu-west-1"))
    assert defaults.dataset_uri == (
        "s3://sagemaker-example-files-prod-eu-west-1/datasets/image/MNIST/mnist.pkl.gz"
    )
    assert defaults.dataset_buckets == ("sagemaker-example-files-prod-eu-west-1",)
    assert defaults.training.default == "ml.c5.xlarge"
    assert defaults.hosting.default == "ml.m4.xlarge"
    assert defaults.hyperparameters == {"mini_batch_size": "200"}
    assert defaults.live_endpoint == "linear-learner-mnist"


def test_the_live_endpoint_follows_the_stacks_name_in_lower_case() -> None:
    assert PipelineConfig(stack_name="Digits").endpoint == "digits"
    assert PipelineConfig(stack_name="Digits", live_endpoint="mine").endpoint == "mine"


def test_the_command_line_gives_json_as_text() -> None:
    app = App(
        context={
            "pipeline:stack_name": "other",
            "pipeline:keep_bucket": "false",
            "pipeline:log_retention_days": "30",
            "pipeline:tags": '{"team": "vision"}',
            "somebody:elses": "key",
        }
    )
    config = PipelineConfig.from_app(app)
    assert config.stack_name == "other"
    assert not config.keep_bucket
    assert config.log_retention_days == 30
    assert config.tags == {"team": "vision"}


def test_cdk_json_gives_values() -> None:
    settings = {
        "keep_bucket": False,
        "hosting_instance_count": 2,
        "dataset_uri": "s3://one/key",
        "dataset_buckets": ["one", "two-<region>"],
    }
    config = PipelineConfig.from_settings(settings, {})
    assert not config.keep_bucket
    assert config.hosting_instance_count == 2
    assert config.dataset_buckets_of("eu-west-1") == ["one", "two-eu-west-1"]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"live_endpont": "x"}, "pipeline:live_endpont: unknown.*did you mean 'live_endpoint'"),
        ({"embedded_aws": "true"}, "pipeline:embedded_aws: unknown context key"),
        ({"keep_bucket": "no"}, "pipeline:keep_bucket: 'no': expected JSON"),
        ({"keep_bucket": "1"}, "pipeline:keep_bucket: 1: Input should be a valid boolean"),
        ({"log_retention_days": 8}, "pipeline:log_retention_days: 8: expected one of 7, 14"),
        ({"stack_name": "a_b"}, "pipeline:stack_name: 'a_b': .*pattern"),
        ({"live_endpoint": "Digits"}, "pipeline:live_endpoint: 'Digits': .*pattern"),
        ({"live_endpoint": "d" * 64}, "pipeline:live_endpoint: 'd+': .*63 characters"),
        ({"live_endpoint": "c65d3baf-1"}, "'c65d3baf-1': the stack's candidates begin with"),
        ({"training_instance_type": "c5.xlarge"}, "'c5.xlarge': expected a SageMaker instance"),
        ({"hosting_instance_type": "ml.p3.2xlarge"}, "'ml.p3.2xlarge' is not among them"),
        ({"hosting_instance_count": 0}, "pipeline:hosting_instance_count: 0: .*greater"),
        ({"hyperparameters": {"mini_batch_size": "0"}}, "pipeline:hyperparameters: .*'0'"),
        ({"hyperparameters": {"mini_batchsize": "1"}}, "mini_batchsize"),
        ({"hyperparameters": {"margin": "2"}}, "pipeline:hyperparameters: .*expected loss hinge"),
        ({"gates": {"test": {"metric": "f1", "minimum": 2}}}, "pipeline:gates.test.minimum: 2: "),
        ({"gates": {"test": {"metric": "log_loss", "minimum": 0}}}, "log_loss"),
        ({"dataset_uri": "https://x/y"}, "'https://x/y' is not an S3 URI"),
        ({"dataset_uri": "s3://elsewhere/key"}, "'s3://elsewhere/key' is in none of them"),
        ({"dataset_buckets": []}, "pipeline:dataset_buckets: .*at least 1"),
        ({"dataset_buckets": ["A_b"]}, "pipeline:dataset_buckets.0: 'A_b'"),
        ({"tags": '{"team": 1}'}, "pipeline:tags.team: 1: Input should be a valid string"),
    ],
)
def test_what_is_impossible_is_refused(settings: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        PipelineConfig.from_settings(settings, {})


def test_a_gate_that_is_left_out_is_the_default() -> None:
    config = PipelineConfig.from_settings(
        {"gates": {"test": {"metric": "recall", "minimum": 0.95}}}, {}
    )
    defaults = json.loads(config.render_defaults("us-east-1"))
    assert defaults["test_gate"] == {"metric": "recall", "minimum": 0.95}
    assert defaults["validation_gate"] == {"metric": "binary_f_beta", "minimum": 0.9}


def test_the_environment_says_that_it_is_the_embedded_aws() -> None:
    assert PipelineConfig.from_settings({}, {"EMBEDDED_AWS": "1"}).embedded_aws
    assert not PipelineConfig.from_settings({}, {}).embedded_aws


def test_settings_that_no_environment_holds_are_refused() -> None:
    default = "sagemaker-example-files-prod-<region>"
    buckets = [default, *(f"acme-datasets-{number}" for number in range(200))]
    with pytest.raises(ConfigurationError, match=r"bytes as JSON.*allow fewer"):
        PipelineConfig.from_settings({"dataset_buckets": buckets}, {})
