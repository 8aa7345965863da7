"""Rare events with Linear Learner: class weights, loss and selection criteria, as cells.

It is written for AWS, for version 2 of the SageMaker SDK; see ``linear_learner_mnist.py``.
"""

# ruff: noqa: ANN001, ANN003, ANN201, B018, E402 - a notebook shows values

# %% Session, role and region
import boto3
import sagemaker

session = sagemaker.Session()
role = sagemaker.get_execution_role()
region = session.boto_region_name

# %% Payments, of which two in a hundred are frauds
import numpy as np

generator = np.random.default_rng(0)
frauds = (generator.random(24_000) < 0.02).astype("float32")
payments = generator.normal(size=(24_000, 30)).astype("float32")
payments[:, :8] += 1.2 * frauds[:, None]
train_x, test_x = payments[:16_000], payments[16_000:]
train_y, test_y = frauds[:16_000], frauds[16_000:]

# %% Upload
import io

import sagemaker.amazon.common as smac

bucket = session.default_bucket()
prefix = "sagemaker/fraud-linear-learner"
shard = io.BytesIO()
smac.write_numpy_to_dense_tensor(shard, train_x, train_y)
shard.seek(0)
key = f"{prefix}/train/recordio-pb-data"
boto3.resource("s3").Bucket(bucket).Object(key).upload_fileobj(shard)
train_data = f"s3://{bucket}/{key}"


# %% From hyperparameters to a predictor
def deployed(name, **hyperparameters):
    """Train and deploy."""
    linear = sagemaker.estimator.Estimator(
        sagemaker.image_uris.retrieve("linear-learner", region),
        role,
        instance_count=1,
        instance_type="ml.m4.xlarge",
        output_path=f"s3://{bucket}/{prefix}/{name}/output",
        sagemaker_session=session,
    )
    linear.set_hyperparameters(
        feature_dim=30, predictor_type="binary_classifier", **hyperparameters
    )
    linear.fit({"train": train_data}, logs=False)
    return linear.deploy(
        initial_instance_count=1,
        instance_type="ml.m4.xlarge",
        serializer=sagemaker.serializers.CSVSerializer(),
        deserializer=sagemaker.deserializers.JSONDeserializer(),
    )


def judged(predictor):
    """Recall, precision and scores on the test set."""
    predictions = [
        prediction
        for batch in np.array_split(test_x, 20)
        for prediction in predictor.predict(batch)["predictions"]
    ]
    found = np.array([prediction["predicted_label"] for prediction in predictions])
    scores = np.array([prediction["score"] for prediction in predictions])
    hits = (found * test_y).sum()
    return {
        "recall": hits / test_y.sum(),
        "precision": hits / found.sum(),
        "average": scores.mean(),
        "lowest": scores.min(),
        "highest": scores.max(),
    }


# %% Four ways to look at the same payments
at_recall = {
    "binary_classifier_model_selection_criteria": "precision_at_target_recall",
    "target_recall": 0.9,
}
at_precision = {
    "binary_classifier_model_selection_criteria": "recall_at_target_precision",
    "target_precision": 0.9,
}
predictors = {
    "accuracy": deployed("accuracy", epochs=5),
    "precision": deployed("precision", epochs=5, num_models=8, **at_precision),
    "weighted": deployed(
        "weighted", epochs=5, positive_example_weight_mult="balanced", **at_recall
    ),
    "hinge": deployed(
        "hinge",
        epochs=5,
        loss="hinge_loss",
        positive_example_weight_mult="balanced",
        **at_recall,
    ),
}

# %% Comparison
comparison = {name: judged(predictor) for name, predictor in predictors.items()}
comparison

# %% Deletion
for predictor in predictors.values():
    predictor.delete_model()
    predictor.delete_endpoint()
