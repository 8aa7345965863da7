"""The training job, on the train and the validation channel."""

from typing import Final

from contract.names import ATTEMPT_JSONATA, SHARD_CONTENT_TYPE, Channel
from infra.workflow.asl import Json, State, States, jsonata, task
from infra.workflow.limits import TRAINING_SECONDS, TRAINING_TASK_SECONDS
from infra.workflow.ownership import OWNER_TAGS

VOLUME_GB: Final = 30
"""Disk of a training instance: the shards of a dataset that a function can convert, with room."""

TRAINING_RETRY: Final[State] = {
    "ErrorEquals": ["SageMaker.AmazonSageMakerException"],
    "IntervalSeconds": 10,
    "MaxAttempts": 3,
    "BackoffRate": 2,
    "MaxDelaySeconds": 60,
    "JitterStrategy": "FULL",
}
"""Trouble with SageMaker's API. A job that ran and failed is `States.TaskFailed`: an answer."""


def train_phase(*, next_state: str) -> States:
    """Return the state that sets ``$training``: the job, its artifact and its metrics by name."""
    return {
        "Train": task(
            "sagemaker:createTrainingJob.sync",
            {
                "TrainingJobName": jsonata(f"$plan.names.resource & '-' & {ATTEMPT_JSONATA}"),
                "AlgorithmSpecification": {
                    "TrainingImage": "${TrainingImage}",
                    "TrainingInputMode": "File",
                },
                "RoleArn": "${SageMakerRoleArn}",
                "HyperParameters": jsonata(
                    "$merge([$plan.training.hyperparameters,"
                    " {'feature_dim': $string($prepared.feature_dim)}])"
                ),
                "InputDataConfig": [_channel("train"), _channel("validation")],
                "OutputDataConfig": {"S3OutputPath": "s3://${BucketName}/models"},
                "ResourceConfig": {
                    "InstanceType": jsonata("$plan.training.instance_type"),
                    "InstanceCount": jsonata("$plan.training.instance_count"),
                    "VolumeSizeInGB": VOLUME_GB,
                },
                "StoppingCondition": {"MaxRuntimeInSeconds": TRAINING_SECONDS},
                "EnableNetworkIsolation": True,
                "Tags": OWNER_TAGS,
            },
            comment="Train Linear Learner; wait for the job",
            retry=TRAINING_RETRY,
            timeout_seconds=TRAINING_TASK_SECONDS,
            assign={
                "training": {
                    "job": jsonata("$states.result.TrainingJobName"),
                    "artifact": jsonata("$states.result.ModelArtifacts.S3ModelArtifacts"),
                    "metrics": jsonata(
                        "$merge([$states.result.FinalMetricDataList.{MetricName: Value}])"
                    ),
                }
            },
            next_state=next_state,
        )
    }


def _channel(channel: Channel) -> Json:
    return {
        "ChannelName": channel,
        "ContentType": SHARD_CONTENT_TYPE,
        "DataSource": {
            "S3DataSource": {
                "S3DataType": "S3Prefix",
                "S3Uri": jsonata(f"$prepared.{channel}_uri"),
                "S3DataDistributionType": "FullyReplicated",
            }
        },
    }
