"""Words with Linear Learner: sparse records, streamed, as cells.

It is written for AWS, for version 2 of the SageMaker SDK; see ``linear_learner_mnist.py``.
"""

# ruff: noqa: ANN001, ANN003, ANN201, B018, E402 - a notebook shows values

# %% Session, role and region
import boto3
import sagemaker

session = sagemaker.Session()
role = sagemaker.get_execution_role()
region = session.boto_region_name

# %% Reviews as counts of words: twenty words of four hundred
import numpy as np
import scipy.sparse

generator = np.random.default_rng(0)
words = scipy.sparse.random(3_000, 400, 0.05, format="csr", dtype="float32", random_state=generator)
meaning = np.zeros(400)
meaning[:60] = generator.normal(size=60)
praise = (words @ meaning + generator.normal(scale=0.15, size=3_000) > 0).astype("float32")

# %% Three shards of sparse records
import io

from sagemaker.amazon.common import write_spmatrix_to_sparse_tensor

bucket = session.default_bucket()
prefix = "sagemaker/reviews-linear-learner"
for part in range(3):
    shard = io.BytesIO()
    rows = slice(part * 900, (part + 1) * 900)
    write_spmatrix_to_sparse_tensor(shard, words[rows], praise[rows])
    shard.seek(0)
    key = f"{prefix}/train/part-{part}.pbr"
    boto3.resource("s3").Bucket(bucket).Object(key).upload_fileobj(shard)


# %% The same training, four ways to read
from sagemaker.inputs import ShuffleConfig, TrainingInput


def trained(mode, **reading):
    """Train, and return the estimator."""
    linear = sagemaker.estimator.Estimator(
        sagemaker.image_uris.retrieve("linear-learner", region),
        role,
        instance_count=1,
        instance_type="ml.m4.xlarge",
        input_mode=mode,
        output_path=f"s3://{bucket}/{prefix}/output",
        sagemaker_session=session,
        hyperparameters={
            "predictor_type": "binary_classifier",
            "binary_classifier_model_selection_criteria": "f1",
            "feature_dim": 400,
            "mini_batch_size": 100,
            "epochs": 15,
            "num_models": 4,
        },
    )
    channel = TrainingInput(
        f"s3://{bucket}/{prefix}/train",
        content_type="application/x-recordio-protobuf",
        **reading,
    )
    linear.fit({"train": channel})
    return linear


file = trained("File")
fast_file = trained("FastFile")
pipe = trained("File", input_mode="Pipe")
shuffled = trained("Pipe", shuffle_config=ShuffleConfig(7))

# %% What each has come to
estimators = {"file": file, "fast_file": fast_file, "pipe": pipe, "shuffled": shuffled}
f_betas = {}
for name, linear in estimators.items():
    description = session.describe_training_job(linear.latest_training_job.name)
    metrics = {m["MetricName"]: m["Value"] for m in description["FinalMetricDataList"]}
    f_betas[name] = metrics["train:binary_f_beta"]

# %% Hosting
from sagemaker.amazon.common import RecordDeserializer
from sagemaker.serializers import IdentitySerializer

predictor = shuffled.deploy(
    initial_instance_count=1,
    instance_type="ml.m4.xlarge",
    serializer=IdentitySerializer(content_type="application/x-recordio-protobuf"),
    deserializer=RecordDeserializer(),
)
request = io.BytesIO()
write_spmatrix_to_sparse_tensor(request, words[2_700:])
results = predictor.predict(request.getvalue())
found = np.array([result.label["predicted_label"].float32_tensor.values[0] for result in results])
accuracy = (found == praise[2_700:]).mean()
accuracy

# %% Deletion
predictor.delete_model()
predictor.delete_endpoint()
