"""The notebook "Linear Learner with MNIST" on version 2 of the SageMaker SDK, as cells.

It is written for AWS: it runs there as it is, in a notebook instance or in any
editor that knows ``# %%``. The test runs these very lines on the embedded AWS,
but for those that say session, role and region.
"""

# ruff: noqa: ANN001, ANN201, B018, E402, S301 - a notebook shows values and trusts its data

# %% Session, role and region
import boto3
import sagemaker

session = sagemaker.Session()
role = sagemaker.get_execution_role()
region = session.boto_region_name

# %% Where things are in S3
source_bucket = f"sagemaker-example-files-prod-{region}"
bucket = session.default_bucket()
prefix = "sagemaker/linear-learner-mnist"

# %% Ingestion
import gzip
import pickle

boto3.client("s3").download_file(source_bucket, "datasets/image/MNIST/mnist.pkl.gz", "mnist.pkl.gz")
with gzip.open("mnist.pkl.gz", "rb") as file:
    train_set, validation_set, test_set = pickle.load(file, encoding="latin1")

# %% Inspection
import matplotlib.pyplot as plt


def show_digit(image, caption):
    """Draw one digit."""
    axis = plt.subplots(figsize=(2, 2))[1]
    axis.imshow(image.reshape(28, 28), cmap="gray")
    axis.set_title(caption)
    axis.set_axis_off()


show_digit(train_set[0][30], f"This is a {train_set[1][30]}")

# %% Conversion
import io

import numpy as np
from sagemaker.amazon.common import write_numpy_to_dense_tensor

vectors = train_set[0].astype("float32")
labels = np.where(train_set[1] == 0, 1, 0).astype("float32")
shard = io.BytesIO()
write_numpy_to_dense_tensor(shard, vectors, labels)
shard.seek(0)

# %% Upload
boto3.resource("s3").Bucket(bucket).Object(f"{prefix}/train/recordio-pb-data").upload_fileobj(shard)
train_data = f"s3://{bucket}/{prefix}/train/recordio-pb-data"
output_location = f"s3://{bucket}/{prefix}/output"

# %% Training
container = sagemaker.image_uris.retrieve("linear-learner", region)
linear = sagemaker.estimator.Estimator(
    container,
    role,
    instance_count=1,
    instance_type="ml.c4.xlarge",
    output_path=output_location,
    sagemaker_session=session,
)
linear.set_hyperparameters(feature_dim=784, predictor_type="binary_classifier", mini_batch_size=200)
linear.fit({"train": train_data})

# %% Hosting
predictor = linear.deploy(
    initial_instance_count=1,
    instance_type="ml.m4.xlarge",
    serializer=sagemaker.serializers.CSVSerializer(),
    deserializer=sagemaker.deserializers.JSONDeserializer(),
)

# %% One record
print(predictor.predict(train_set[0][30:31], initial_args={"ContentType": "text/csv"}))

# %% The test split, in 100 batches
predictions = np.array(
    [
        prediction["predicted_label"]
        for batch in np.array_split(test_set[0], 100)
        for prediction in predictor.predict(batch)["predictions"]
    ]
)

# %% The confusion matrix
import pandas as pd

confusion = pd.crosstab(
    np.where(test_set[1] == 0, 1, 0), predictions, rownames=["actual"], colnames=["predicted"]
)
confusion

# %% Deletion
predictor.delete_model()
predictor.delete_endpoint()
