import json
import tarfile
import threading
import time
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from local_aws.platform import AwsError
from local_aws.sagemaker.service import SageMaker
from tests.unit.local_aws_sagemaker.surroundings import PREFIX, ROLE, MemoryPlatform, until

Call = Callable[..., dict[str, Any]]
Request = dict[str, Any]
GROUP = "/aws/sagemaker/TrainingJobs"


def finished(sagemaker: SageMaker, name: str = "Job-1") -> dict[str, Any]:
    deadline = time.monotonic() + 20
    described = sagemaker.wait_for_training_job(name, lambda: time.monotonic() > deadline)
    assert described["TrainingJobStatus"] not in {"InProgress", "Stopping"}, "never ended"
    return described


def line(platform: MemoryPlatform, word: str) -> Any:
    found = [text for text in platform.log(GROUP) if text.startswith(f"{word} ")]
    assert len(found) == 1, f"{word}: {platform.log(GROUP)}"
    return json.loads(found[0].removeprefix(word))


def test_a_job_goes_through_the_life_cycle_and_leaves_its_model(
    sagemaker: SageMaker, call: Call, platform: MemoryPlatform, training_job: Request
) -> None:
    created = call("CreateTrainingJob", **training_job)
    at_once = call("DescribeTrainingJob", TrainingJobName="Job-1")
    described = finished(sagemaker)

    assert created == {"TrainingJobArn": f"{PREFIX}:training-job/job-1"}
    assert at_once["TrainingJobStatus"] == "InProgress"
    assert described["TrainingJobStatus"] == described["SecondaryStatus"] == "Completed"
    steps = described["SecondaryStatusTransitions"]
    assert [step["Status"] for step in steps] == [
        "Starting",
        "Downloading",
        "Training",
        "Uploading",
        "Completed",
    ]
    assert all(step["EndTime"] >= step["StartTime"] for step in steps)
    assert described["TrainingTimeInSeconds"] >= 1
    artifact = described["ModelArtifacts"]["S3ModelArtifacts"]
    assert artifact == "s3://data/models/Job-1/output/model.tar.gz"
    packed = platform.objects["data", "models/Job-1/output/model.tar.gz"]
    with tarfile.open(fileobj=BytesIO(packed)) as tar:
        assert tar.getnames() == ["answer.txt"]


def test_the_container_sees_the_contract_and_nothing_of_its_surroundings(
    sagemaker: SageMaker,
    call: Call,
    platform: MemoryPlatform,
    training_job: Request,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "not for containers")
    platform.objects["data", "in/train/more/part-1"] = b"2"
    platform.objects["data", "in/train-not"] = b"of another prefix"
    call("CreateTrainingJob", **training_job, Environment={"ASKED": "yes"})
    finished(sagemaker)

    assert line(platform, "files") == ["train/more/part-1", "train/part-0"]
    assert line(platform, "channels") == {
        "train": {
            "ContentType": "application/x-recordio-protobuf",
            "RecordWrapperType": "None",
            "S3DistributionType": "FullyReplicated",
            "TrainingInputMode": "File",
        }
    }
    environment = line(platform, "environment")
    assert environment["ASKED"] == "yes"
    assert environment["TRAINING_JOB_NAME"] == "Job-1"
    assert not [name for name in environment if name.startswith("AWS_")]


def test_the_uri_of_one_object_is_a_channel_of_that_file(
    sagemaker: SageMaker, call: Call, platform: MemoryPlatform, training_job: Request
) -> None:
    source = training_job["InputDataConfig"][0]["DataSource"]["S3DataSource"]
    source["S3Uri"] = "s3://data/in/train/part-0"
    call("CreateTrainingJob", **training_job)
    finished(sagemaker)
    assert line(platform, "files") == ["train/part-0"]


def test_the_log_is_a_stream_of_the_host_and_gives_the_final_metrics(
    sagemaker: SageMaker, call: Call, platform: MemoryPlatform, training_job: Request
) -> None:
    call("CreateTrainingJob", **training_job)
    metrics = finished(sagemaker)["FinalMetricDataList"]
    (stream,) = platform.groups[GROUP]
    assert stream.startswith("Job-1/algo-1-")
    assert [(metric["MetricName"], metric["Value"]) for metric in metrics] == [
        ("validation:binary_f_beta", 0.95)
    ], "the last value of a metric is the final one"


@pytest.mark.parametrize("key", ["", "alias/models"])
def test_the_model_is_encrypted_with_the_key_that_is_asked_for(
    sagemaker: SageMaker, call: Call, platform: MemoryPlatform, training_job: Request, key: str
) -> None:
    training_job["OutputDataConfig"]["KmsKeyId"] = key
    call("CreateTrainingJob", **training_job)
    finished(sagemaker)
    with_key = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key} if key else {}
    assert platform.encryption["data", "models/Job-1/output/model.tar.gz"] == with_key


def test_checkpoints_may_be_asked_for(
    sagemaker: SageMaker, call: Call, training_job: Request
) -> None:
    call("CreateTrainingJob", **training_job, CheckpointConfig={"S3Uri": "s3://data/checkpoints"})
    assert finished(sagemaker)["TrainingJobStatus"] == "Completed"


def test_all_values_of_a_metric_are_in_cloudwatch(
    sagemaker: SageMaker, call: Call, platform: MemoryPlatform, training_job: Request
) -> None:
    call("CreateTrainingJob", **training_job)
    finished(sagemaker)
    metrics = platform.metrics["/aws/sagemaker/TrainingJobs"]
    assert [(metric["MetricName"], metric["Value"]) for metric in metrics] == [
        ("validation:binary_f_beta", 0.9),
        ("validation:binary_f_beta", 0.95),
    ]
    assert metrics[0]["Dimensions"] == [{"Name": "TrainingJobName", "Value": "Job-1"}]


def test_a_role_that_may_not_put_metrics_loses_them_alone(
    sagemaker: SageMaker, call: Call, platform: MemoryPlatform, training_job: Request
) -> None:
    platform.denied.add("cloudwatch:PutMetricData")
    call("CreateTrainingJob", **training_job)
    described = finished(sagemaker)
    assert described["TrainingJobStatus"] == "Completed"
    assert described["FinalMetricDataList"]


def test_a_description_has_what_nobody_gave(call: Call, training_job: Request) -> None:
    """The SDK reads these without asking whether they are there."""
    call("CreateTrainingJob", **training_job)
    described = call("DescribeTrainingJob", TrainingJobName="Job-1")
    assert described["OutputDataConfig"] == {
        "S3OutputPath": "s3://data/models/",
        "KmsKeyId": "",
        "CompressionType": "GZIP",
    }
    assert described["EnableNetworkIsolation"] is False
    definitions = described["AlgorithmSpecification"]["MetricDefinitions"]
    regex = {definition["Name"]: definition["Regex"] for definition in definitions}
    assert regex["test:mse"] == r"#quality_metric: host=\S+, test mse <loss>=(\S+)"


@pytest.mark.parametrize("seconds", [60, 3600])
def test_a_spot_instance_is_there_at_once(
    sagemaker: SageMaker, call: Call, training_job: Request, seconds: int
) -> None:
    training_job["StoppingCondition"]["MaxWaitTimeInSeconds"] = seconds
    call("CreateTrainingJob", **training_job, EnableManagedSpotTraining=True)
    described = finished(sagemaker)
    assert described["TrainingJobStatus"] == "Completed"
    assert described["EnableManagedSpotTraining"] is True


@pytest.mark.parametrize("waiting", [{}, {"MaxWaitTimeInSeconds": 59}])
def test_a_spot_job_waits_at_least_as_long_as_it_runs(
    call: Call, training_job: Request, waiting: Request
) -> None:
    training_job["StoppingCondition"].update(waiting)
    with pytest.raises(AwsError, match="Invalid MaxWaitTimeInSeconds"):
        call("CreateTrainingJob", **training_job, EnableManagedSpotTraining=True)


def test_the_log_is_there_while_the_job_runs(
    call: Call, platform: MemoryPlatform, training_job: Request
) -> None:
    call("CreateTrainingJob", **training_job, HyperParameters={"behaviour": "hang"})
    until(lambda: len(platform.log(GROUP)) > 3, "lines of a job that runs")


def test_a_failure_is_told_in_1024_characters(
    sagemaker: SageMaker, call: Call, training_job: Request
) -> None:
    call("CreateTrainingJob", **training_job, HyperParameters={"behaviour": "fail"})
    described = finished(sagemaker)
    assert described["TrainingJobStatus"] == described["SecondaryStatus"] == "Failed"
    assert described["FailureReason"].startswith("AlgorithmError: the data has no labels")
    assert described["FailureReason"].endswith("exit code: 1")
    assert len(described["FailureReason"]) <= 1024


@pytest.mark.parametrize(
    ("action", "reason"),
    [
        ("s3:GetObject", "ClientError: Data download failed:"),
        ("s3:PutObject", "ClientError: Artifact upload failed:"),
    ],
)
def test_a_grant_that_the_role_lacks_fails_the_job(
    sagemaker: SageMaker,
    call: Call,
    platform: MemoryPlatform,
    training_job: Request,
    action: str,
    reason: str,
) -> None:
    platform.denied.add(action)
    call("CreateTrainingJob", **training_job)
    described = finished(sagemaker)
    assert described["TrainingJobStatus"] == "Failed"
    assert described["FailureReason"].startswith(reason)
    assert "AccessDenied" in described["FailureReason"]


def test_a_role_that_may_not_write_logs_loses_them_alone(
    sagemaker: SageMaker, call: Call, platform: MemoryPlatform, training_job: Request
) -> None:
    platform.denied.add("logs:CreateLogStream")
    call("CreateTrainingJob", **training_job)
    assert finished(sagemaker)["TrainingJobStatus"] == "Completed"
    assert platform.log(GROUP) == []


def test_a_channel_without_objects_is_refused_at_once(
    call: Call, platform: MemoryPlatform, training_job: Request
) -> None:
    platform.objects.clear()
    with pytest.raises(AwsError, match='No S3 objects found under S3 URL "s3://data/in/train/"'):
        call("CreateTrainingJob", **training_job)
    assert call("ListTrainingJobs")["TrainingJobSummaries"] == []


def test_objects_that_cannot_be_files_side_by_side_fail_the_job(
    sagemaker: SageMaker, call: Call, platform: MemoryPlatform, training_job: Request
) -> None:
    platform.objects["data", "in/train/part-0/below"] = b"1"
    call("CreateTrainingJob", **training_job)
    reason = finished(sagemaker)["FailureReason"]
    assert reason.startswith("ClientError: Data download failed")
    assert "s3://data/in/train/part-0/below" in reason


def test_a_filter_that_is_not_available_is_refused(call: Call) -> None:
    with pytest.raises(AwsError, match="WarmPoolStatusEquals is not available"):
        call("ListTrainingJobs", WarmPoolStatusEquals="InUse")


def test_a_role_that_cannot_be_assumed_is_refused_at_once(
    call: Call, platform: MemoryPlatform, training_job: Request
) -> None:
    platform.roles.clear()
    with pytest.raises(AwsError, match=f"Could not assume role {ROLE}"):
        call("CreateTrainingJob", **training_job)


def test_stopping_gives_the_container_time_to_save(
    sagemaker: SageMaker, call: Call, platform: MemoryPlatform, training_job: Request
) -> None:
    call("CreateTrainingJob", **training_job, HyperParameters={"behaviour": "save at the end"})
    until(lambda: "ready" in platform.log(GROUP), "the container is ready")
    call("StopTrainingJob", TrainingJobName="job-1")
    assert call("DescribeTrainingJob", TrainingJobName="Job-1")["TrainingJobStatus"] in {
        "Stopping",
        "Stopped",
    }
    described = finished(sagemaker)
    assert described["TrainingJobStatus"] == described["SecondaryStatus"] == "Stopped"
    steps = [step["Status"] for step in described["SecondaryStatusTransitions"]]
    assert steps[-2:] == ["Stopping", "Stopped"]
    assert ("data", "models/Job-1/output/model.tar.gz") in platform.objects


def test_a_container_that_does_not_end_is_killed(
    sagemaker: SageMaker, call: Call, platform: MemoryPlatform, training_job: Request
) -> None:
    call("CreateTrainingJob", **training_job, HyperParameters={"behaviour": "stubborn"})
    until(lambda: "ready" in platform.log(GROUP), "the container is ready")
    call("StopTrainingJob", TrainingJobName="Job-1")
    assert finished(sagemaker)["TrainingJobStatus"] == "Stopped"


def test_a_job_that_is_over_cannot_be_stopped(
    sagemaker: SageMaker, call: Call, training_job: Request
) -> None:
    call("CreateTrainingJob", **training_job)
    finished(sagemaker)
    with pytest.raises(AwsError, match="the training job is in status Completed"):
        call("StopTrainingJob", TrainingJobName="Job-1")


def test_a_job_that_runs_too_long_is_stopped_with_that_reason(
    sagemaker: SageMaker, call: Call, training_job: Request
) -> None:
    training_job["StoppingCondition"]["MaxRuntimeInSeconds"] = 1
    call("CreateTrainingJob", **training_job, HyperParameters={"behaviour": "hang"})
    described = finished(sagemaker)
    assert described["TrainingJobStatus"] == "Stopped"
    assert described["SecondaryStatus"] == "MaxRuntimeExceeded"


def test_a_wait_that_is_cancelled_leaves_the_job_running(
    sagemaker: SageMaker, call: Call, training_job: Request
) -> None:
    call("CreateTrainingJob", **training_job, HyperParameters={"behaviour": "hang"})
    cancelled = threading.Event()
    cancelled.set()
    described = sagemaker.wait_for_training_job("Job-1", cancelled.is_set)
    assert described["TrainingJobStatus"] == "InProgress"


def test_names_are_taken_whatever_their_case(call: Call, training_job: Request) -> None:
    call("CreateTrainingJob", **training_job)
    with pytest.raises(AwsError, match="already exists") as refusal:
        call("CreateTrainingJob", **training_job | {"TrainingJobName": "jOB-1"})
    assert refusal.value.code == "ResourceInUse"


def test_a_job_that_is_not_there(call: Call) -> None:
    with pytest.raises(AwsError) as described:
        call("DescribeTrainingJob", TrainingJobName="none")
    assert (described.value.code, described.value.message) == (
        "ValidationException",
        "Requested resource not found.",
    )
    with pytest.raises(AwsError) as stopped:
        call("StopTrainingJob", TrainingJobName="none")
    assert stopped.value.code == "ResourceNotFound"


def test_instances_are_limited_and_given_back(
    sagemaker: SageMaker, call: Call, training_job: Request
) -> None:
    for number in range(4):
        name = {"TrainingJobName": f"job-{number}"}
        call("CreateTrainingJob", **training_job | name, HyperParameters={"behaviour": "hang"})
    with pytest.raises(AwsError, match=r"'ml\.c5\.xlarge for training job usage'") as refusal:
        call("CreateTrainingJob", **training_job | {"TrainingJobName": "job-4"})
    assert refusal.value.code == "ResourceLimitExceeded"
    call("StopTrainingJob", TrainingJobName="job-0")
    finished(sagemaker, "job-0")

    def accepted() -> bool:
        try:
            call("CreateTrainingJob", **training_job | {"TrainingJobName": "job-4"})
        except AwsError:
            return False
        return True

    until(accepted, "the instance of a stopped job is free")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"VpcConfig": {"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1"]}}, "VpcConfig"),
        ({"RemoteDebugConfig": {"EnableRemoteDebug": True}}, "RemoteDebugConfig"),
        ({"OutputDataConfig": {"S3OutputPath": "https://x/y"}}, "is not an S3 URI"),
        (
            {"AlgorithmSpecification": {"TrainingImage": "a", "TrainingInputMode": "File"}},
            "no program for the image",
        ),
    ],
)
def test_what_is_not_available_is_refused_by_name(
    call: Call, training_job: Request, change: Request, told: str
) -> None:
    with pytest.raises(AwsError, match=told) as refusal:
        call("CreateTrainingJob", **training_job | change)
    assert refusal.value.code == "ValidationException"


def test_a_job_has_one_instance(call: Call, training_job: Request) -> None:
    training_job["ResourceConfig"]["InstanceCount"] = 2
    with pytest.raises(AwsError, match="InstanceCount 2 is not available"):
        call("CreateTrainingJob", **training_job)


def test_metric_definitions_of_a_built_in_algorithm_cannot_be_overridden(
    call: Call, training_job: Request
) -> None:
    training_job["AlgorithmSpecification"]["MetricDefinitions"] = [{"Name": "a", "Regex": "b"}]
    with pytest.raises(AwsError, match="You can't override the metric definitions"):
        call("CreateTrainingJob", **training_job)


def test_nothing_is_left_when_the_service_stops(
    sagemaker: SageMaker,
    call: Call,
    platform: MemoryPlatform,
    training_job: Request,
    tmp_path: Path,
) -> None:
    call("CreateTrainingJob", **training_job, HyperParameters={"behaviour": "stubborn"})
    until(lambda: "ready" in platform.log(GROUP), "the container is ready")
    call("StopTrainingJob", TrainingJobName="Job-1")
    sagemaker.stop()
    assert list(tmp_path.iterdir()) == []
