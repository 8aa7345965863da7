"""Kinds of trees with Linear Learner: seven classes of different sizes, as cells.

It is written for AWS, for version 2 of the SageMaker SDK; see ``linear_learner_mnist.py``.
"""

# ruff: noqa: ANN003, ANN201, B018, E402 - a notebook shows values

# %% Session, role and region
import sagemaker

session = sagemaker.Session()
role = sagemaker.get_execution_role()
region = session.boto_region_name

# %% Measurements of places, and the kind of tree that grows there
import numpy as np

generator = np.random.default_rng(0)
shares = [0.37, 0.48, 0.06, 0.01, 0.02, 0.02, 0.04]
kinds = generator.choice(7, 12_000, p=shares)
centres = generator.normal(scale=0.7, size=(7, 20))
places = (centres[kinds] + generator.normal(size=(12_000, 20))).astype("float32")
labels = kinds.astype("float32")
train_x, validation_x, test_x = np.split(places, [8_000, 10_000])
train_y, validation_y, test_y = np.split(labels, [8_000, 10_000])


# %% Training
def trained(**hyperparameters):
    """Train on all three channels, so that the test metrics are in the log."""
    estimator = sagemaker.LinearLearner(
        role=role,
        instance_count=1,
        instance_type="ml.m4.xlarge",
        predictor_type="multiclass_classifier",
        num_classes=7,
        epochs=10,
        sagemaker_session=session,
        **hyperparameters,
    )
    records = [
        estimator.record_set(train_x, train_y, channel="train"),
        estimator.record_set(validation_x, validation_y, channel="validation"),
        estimator.record_set(test_x, test_y, channel="test"),
    ]
    estimator.fit(records)
    return estimator


plain = trained()
balanced = trained(balance_multiclass_weights=True, input_mode="Pipe")

# %% The metrics of both
final_metrics = {
    name: {
        metric["MetricName"]: metric["Value"]
        for metric in session.describe_training_job(estimator.latest_training_job.name)[
            "FinalMetricDataList"
        ]
    }
    for name, estimator in {"plain": plain, "balanced": balanced}.items()
}
final_metrics

# %% Hosting, from the estimator and from the job found again by its name
attached = sagemaker.LinearLearner.attach(
    balanced.latest_training_job.name, sagemaker_session=session
)
model = sagemaker.LinearLearnerModel(attached.model_data, role, sagemaker_session=session)
predictors = {
    "plain": plain.deploy(initial_instance_count=1, instance_type="ml.m4.xlarge"),
    "balanced": model.deploy(initial_instance_count=1, instance_type="ml.m4.xlarge"),
}

# %% The test set, in batches
results = {
    name: [record for batch in np.array_split(test_x, 10) for record in predictor.predict(batch)]
    for name, predictor in predictors.items()
}
predicted = {
    name: np.array([r.label["predicted_label"].float32_tensor.values[0] for r in records])
    for name, records in results.items()
}
scores = np.array([list(r.label["score"].float32_tensor.values) for r in results["plain"]])

# %% Accuracy, and recall by kind
accuracy = {name: (found == test_y).mean() for name, found in predicted.items()}
recalls = {
    name: [(found[test_y == kind] == kind).mean() for kind in range(7)]
    for name, found in predicted.items()
}
sums = scores.sum(axis=1)
first_of_score = scores.argmax(axis=1)
first_of_label = predicted["plain"]

# %% Deletion
for predictor in predictors.values():
    predictor.delete_model()
    predictor.delete_endpoint()
