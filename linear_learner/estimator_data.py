"""From what scikit-learn passes to the learner's records."""

# scikit-learn has no types.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

from typing import Any, cast

import numpy as np
import scipy.sparse as sp
from numpy.typing import ArrayLike, NDArray
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import LabelEncoder
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import assert_all_finite

from linear_learner.arrays import Floats
from linear_learner.data.records import Features, SparseRows

Matrix = ArrayLike | sp.sparray | sp.spmatrix
"""What scikit-learn takes as ``X``: an array, a DataFrame, nested lists, or sparse."""

Labels = NDArray[Any]

Pair = tuple[Any, Labels]
"""Features, dense or CSR, and labels, as scikit-learn has checked them."""


def as_features(checked: Any) -> Features:  # noqa: ANN401 - what scikit-learn's check returns
    """Return features that are checked, dense or CSR, as the learner has them.

    Dense ones keep their type: a product of float64 features is of float64.

    Raises
    ------
    ValueError
        If a column lies outside of the matrix: compiled code would write there.
    """
    if not sp.issparse(checked):
        return cast("Floats", checked)
    rows = cast("sp.csr_array", checked)
    rows.check_format(full_check=True)
    if not rows.has_canonical_format:
        rows = rows.copy()
        rows.sum_duplicates()
    return SparseRows(
        data=rows.data.astype(np.float32, copy=False),
        indices=rows.indices.astype(np.int32, copy=False),
        indptr=rows.indptr.astype(np.int64, copy=False),
        shape=rows.shape,
    )


def find_classes(y: Labels, predictor_type: str, name: str = "y") -> Labels:
    """Return the classes of a classifier's labels, sorted.

    Parameters
    ----------
    y, name
        The labels, and what an error calls them.
    predictor_type
        The hyperparameter.

    Raises
    ------
    ValueError
        If they are no classes, all of one class, or more than two for a
        binary classifier.
    """
    check_classification_targets(y)
    kind = type_of_target(y, input_name=name, raise_unknown=True)
    if predictor_type == "binary_classifier" and kind != "binary":
        raise ValueError(
            f"Only binary classification is supported. The type of the target is {kind}: "
            "expected two classes, or predictor_type='multiclass_classifier'"
        )
    classes = np.unique(y)
    if len(classes) < 2:
        raise ValueError(f"{name} has one class only, {classes[0]}: expected two at least")
    return classes


def encode(y: ArrayLike, classes: Labels) -> Floats:
    """Return the number of each label's class.

    Parameters
    ----------
    y
        Labels.
    classes
        In the order of their numbers, which need not be their own order.

    Raises
    ------
    ValueError
        If a label is of another class.
    """
    numbers = np.argsort(classes)[LabelEncoder().fit(classes).transform(y)]
    return numbers.astype(np.float32)


def as_numbers(y: Labels) -> Floats:
    """Return a regressor's labels as the learner has them.

    Raises
    ------
    ValueError
        If one is beyond float32.
    """
    with np.errstate(over="ignore"):
        labels = y.astype(np.float32)
    assert_all_finite(labels, input_name="y")
    return labels


def split_off(train: Pair, share: float, *, stratified: bool, seed: int) -> tuple[Pair, Pair]:
    """Split a share of the records off, of each class where these are stratified.

    Raises
    ------
    ValueError
        If the share is none, or leaves a class without a record.
    """
    features, labels = train
    parts: Any = train_test_split(
        features,
        labels,
        test_size=share,
        stratify=labels if stratified else None,
        random_state=seed,
    )
    kept, held, kept_labels, held_labels = parts
    return (kept, kept_labels), (held, held_labels)
