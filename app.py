"""The CDK app: the configuration in, the stack out, the linter on."""

import sys

from aws_cdk import App, Validations
from cdk_nag import AwsSolutionsChecks

from infra.bundle import AWS_LAMBDA, THIS_HOST, BundleError, build_bundle
from infra.config import ConfigurationError, PipelineConfig
from infra.stack import LinearLearnerStack


def main() -> None:
    """Synthesise the stack into cdk.out."""
    app = App()
    try:
        config = PipelineConfig.from_app(app)
        bundle = build_bundle(THIS_HOST if config.embedded_aws else AWS_LAMBDA)
    except (ConfigurationError, BundleError) as error:
        sys.exit(str(error))
    LinearLearnerStack(app, config.stack_name, config=config, bundle=bundle)
    Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    app.synth()


if __name__ == "__main__":
    main()
