"""The age of shells with Linear Learner: regression on CSV, as cells.

It is written for AWS, for version 2 of the SageMaker SDK; see ``linear_learner_mnist.py``.
"""

# ruff: noqa: B018, E402 - a notebook shows values

# %% Session, role and region
import sagemaker

session = sagemaker.Session()
role = sagemaker.get_execution_role()
region = session.boto_region_name

# %% Eight measures of a shell, and its rings
import numpy as np

generator = np.random.default_rng(0)
measures = generator.uniform(0.1, 1.0, size=(4_000, 8))
rings = 4 + 12 * measures @ [0.1, 0.2, 0.3, 0, 0.5, -0.4, 0, 0.3]
rings += generator.normal(scale=0.8, size=4_000)
table = np.column_stack([rings, measures])

# %% One CSV file a channel, the label first
bucket = session.default_bucket()
prefix = "sagemaker/shells-linear-learner"
channels = {}
parts = {"train": table[:2_800], "validation": table[2_800:3_400], "test": table[3_400:]}
for name, rows in parts.items():
    np.savetxt(f"{name}.csv", rows, delimiter=",", fmt="%.6f")
    uri = session.upload_data(f"{name}.csv", bucket, key_prefix=f"{prefix}/{name}")
    channels[name] = sagemaker.inputs.TrainingInput(
        uri.rpartition("/")[0],
        distribution="FullyReplicated",
        content_type="text/csv",
        s3_data_type="S3Prefix",
    )

# %% Training
from time import gmtime, strftime

container = sagemaker.image_uris.retrieve("linear-learner", region, version="1")
linear = sagemaker.estimator.Estimator(
    container,
    role,
    input_mode="File",
    instance_count=1,
    instance_type="ml.m4.xlarge",
    output_path=f"s3://{bucket}/{prefix}/output",
    sagemaker_session=session,
    use_spot_instances=True,
    max_run=600,
    max_wait=1200,
    tags=[{"Key": "project", "Value": "shells"}],
)
linear.set_hyperparameters(
    feature_dim=8,
    epochs=16,
    wd=0.01,
    loss="absolute_loss",
    predictor_type="regressor",
    normalize_data=True,
    optimizer="adam",
    mini_batch_size=100,
    lr_scheduler_step=100,
    lr_scheduler_factor=0.99,
    lr_scheduler_minimum_lr=0.0001,
    learning_rate=0.1,
)
job_name = "shells-" + strftime("%Y%m%d-%H-%M-%S", gmtime())
linear.fit(inputs=channels, job_name=job_name)

# %% What the job has measured
final_metrics = {
    metric["MetricName"]: metric["Value"]
    for metric in session.describe_training_job(job_name)["FinalMetricDataList"]
}
history = sagemaker.analytics.TrainingJobAnalytics(
    job_name, metric_names=["train:objective_loss", "test:mse"], sagemaker_session=session
).dataframe()
history

# %% The job, found again by its name
attached = sagemaker.estimator.Estimator.attach(job_name, sagemaker_session=session)

# %% Hosting
predictor = attached.deploy(initial_instance_count=1, instance_type="ml.c4.xlarge")
test_x, test_y = parts["test"][:, 1:], parts["test"][:, 0]

# %% CSV in, JSON out
predictor.serializer = sagemaker.serializers.CSVSerializer()
predictor.deserializer = sagemaker.deserializers.JSONDeserializer()
from_csv = [prediction["score"] for prediction in predictor.predict(test_x)["predictions"]]
one = predictor.predict(",".join(str(value) for value in test_x[0]))

# %% JSON in
predictor.serializer = sagemaker.serializers.JSONSerializer()
instances = {"instances": [{"features": row.tolist()} for row in test_x]}
from_json = [prediction["score"] for prediction in predictor.predict(instances)["predictions"]]

# %% JSON Lines in and out
predictor.serializer = sagemaker.serializers.JSONLinesSerializer()
predictor.deserializer = sagemaker.deserializers.JSONLinesDeserializer()
lines = predictor.predict([{"features": row.tolist()} for row in test_x])
from_lines = [line["score"] for line in lines]

# %% Error
mean_absolute_error = np.abs(np.array(from_csv) - test_y).mean()
mean_absolute_error

# %% Deletion
predictor.delete_model()
predictor.delete_endpoint()
