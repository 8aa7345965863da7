"""The stack: the constructs, wired."""

from collections.abc import Mapping

from aws_cdk import Aws, CfnMapping, CfnOutput, Stack, Tags
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from contract import environment, outputs
from contract.console import CONSOLE_DOMAINS
from infra.bucket import PipelineBucket
from infra.bundle import Bundle
from infra.collector_triggers import CollectorTriggers
from infra.config import PipelineConfig
from infra.function_specs import FUNCTIONS
from infra.grants import Grants
from infra.pipeline_function import PipelineFunction
from infra.sagemaker_arns import SageMakerArns
from infra.sagemaker_role import SageMakerRole
from infra.setting_types import RETENTION_DAYS
from infra.state_machine import PipelineStateMachine
from infra.training_image import TrainingImage
from infra.workflow.definition import INVOKED


class LinearLearnerStack(Stack):
    """The pipeline: dataset in, judged model behind the live endpoint out.

    Two of them, with other names, live side by side: every name that is not
    CloudFormation's own holds the stack's name or its hash.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, config: PipelineConfig, bundle: Bundle
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            stack_name=config.stack_name,
            description="Linear Learner on MNIST: train, judge as a candidate, promote",
        )
        self._config = config
        self._storage = PipelineBucket(self, "Storage", keep=config.keep_bucket)
        self._image = TrainingImage(self, "TrainingImage")
        self._sagemaker_role = SageMakerRole(
            self,
            "SageMaker",
            bucket_arn=self._storage.bucket.bucket_arn,
            repository_arn=self._image.repository_arn,
        )
        self._sagemaker_arns = SageMakerArns.of(self, config.stack_hash)
        self._grants = Grants(
            stack=self,
            bucket_arn=self._storage.bucket.bucket_arn,
            dataset_buckets=config.dataset_buckets_of(self.region),
            sagemaker_arns=self._sagemaker_arns,
            live_endpoint=config.endpoint,
            state_machine_name=config.stack_name,
            empties_bucket=not config.keep_bucket,
        )
        self._functions = self._create_functions(bundle)
        self._pipeline = self._create_state_machine()
        self._create_triggers()
        self._create_outputs()
        for key, value in config.tags.items():
            Tags.of(self).add(key, value)

    def _create_functions(self, bundle: Bundle) -> Mapping[str, PipelineFunction]:
        code = lambda_.Code.from_asset(str(bundle.directory), asset_hash=bundle.digest)
        environments = self._environments()
        permissions = self._grants.of_functions()
        return {
            name: PipelineFunction(
                self,
                name,
                spec=spec,
                code=code,
                environment=environments[name],
                permissions=permissions[name],
                log_retention=RETENTION_DAYS[self._config.log_retention_days],
            )
            for name, spec in FUNCTIONS.items()
        }

    def _environments(self) -> Mapping[str, Mapping[str, str]]:
        """Return what `contract.environment` says that each function gets."""
        config = self._config
        bucket = {environment.BUCKET_NAME: self._storage.bucket.bucket_name}
        live = {environment.LIVE_ENDPOINT: config.endpoint}
        owner = {environment.STACK_HASH: config.stack_hash}
        machine = {environment.STATE_MACHINE_ARN: self._grants.state_machine_arn}
        defaults = {environment.PIPELINE_DEFAULTS: config.render_defaults(self.region)}
        emptied = {environment.BUCKET_TO_EMPTY: self._storage.bucket.bucket_name}
        on_delete = {} if config.keep_bucket else emptied
        common = {"POWERTOOLS_SERVICE_NAME": config.stack_name, "POWERTOOLS_LOG_LEVEL": "INFO"}
        return {
            "CheckInput": common | defaults,
            "Ingest": common | bucket,
            "Prepare": common | bucket,
            "Judge": common,
            "Evaluate": common | bucket,
            "Promote": common | bucket | owner,
            "Collect": common | live | owner | machine,
            "CollectOnDelete": common | live | owner | machine | on_delete,
        }

    def _create_state_machine(self) -> PipelineStateMachine:
        config = self._config
        return PipelineStateMachine(
            self,
            "Pipeline",
            name=config.stack_name,
            function_arns={name: self._functions[name].function.function_arn for name in INVOKED},
            sagemaker_role_arn=self._sagemaker_role.role.role_arn,
            sagemaker_arns=self._sagemaker_arns,
            substitutions={
                "BucketName": self._storage.bucket.bucket_name,
                "StackHash": config.stack_hash,
                "TrainingImage": self._image.uri,
            },
            log_retention=RETENTION_DAYS[config.log_retention_days],
            log_execution_data=config.log_execution_data,
        )

    def _create_triggers(self) -> None:
        triggers = CollectorTriggers(
            self,
            "Collector",
            collect=self._functions["Collect"].function,
            collect_on_delete=self._functions["CollectOnDelete"].function,
            state_machine_arn=self._grants.state_machine_arn,
        )
        # Deleted in the opposite order: first the endpoints, by the hook, then what they need.
        triggers.on_delete.node.add_dependency(
            self._storage,
            self._sagemaker_role,
            self._pipeline,
            self._functions["CollectOnDelete"],
            self._functions["Promote"],
        )

    def _create_outputs(self) -> None:
        bucket = self._storage.bucket.bucket_name
        machine = self._pipeline.machine.state_machine_arn
        domains = {partition: {"domain": domain} for partition, domain in CONSOLE_DOMAINS.items()}
        console_domains = CfnMapping(self, "ConsoleDomains", mapping=domains)
        domain = console_domains.find_in_map(Aws.PARTITION, "domain")
        console = f"https://{self.region}.{domain}"
        values = {
            outputs.BUCKET_OUTPUT: bucket,
            outputs.STATE_MACHINE_OUTPUT: machine,
            outputs.ENDPOINT_OUTPUT: self._config.endpoint,
            outputs.STATE_MACHINE_CONSOLE_OUTPUT: (
                f"{console}/states/home?region={self.region}#/statemachines/view/{machine}"
            ),
            outputs.BUCKET_CONSOLE_OUTPUT: f"{console}/s3/buckets/{bucket}?region={self.region}",
        }
        for name, value in values.items():
            CfnOutput(self, name, value=value)
