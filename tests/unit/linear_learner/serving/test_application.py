"""The application by itself: what a model cannot answer."""

import io

import numpy as np
import pytest

from linear_learner.model import LinearModel
from linear_learner.serving.application import Application

MODEL = LinearModel(
    weights=np.array([[10], [-10]], np.float32),
    bias=np.zeros(1, np.float32),
    threshold=0.5,
    predictor_type="binary_classifier",
    loss_type="logistic",
    f_beta=1.0,
    positive_example_weight_mult=1.0,
    accuracy_top_k=3,
)


def invoke(body: bytes) -> tuple[str, bytes]:
    statuses: list[str] = []
    answer = Application(MODEL)(
        {
            "REQUEST_METHOD": "POST",
            "PATH_INFO": "/invocations",
            "CONTENT_TYPE": "text/csv",
            "wsgi.input": io.BytesIO(body),
        },
        lambda status, _: statuses.append(status),
    )
    return statuses[0], b"".join(answer)


def test_a_record_without_a_score_is_named() -> None:
    status, text = invoke(b"1,2\n3e38,3e38")
    assert status == "400 Bad Request"
    assert b"record 1: the features are too large for the model" in text


@pytest.mark.parametrize(("body", "score"), [(b"3e38,0", b"1.0"), (b"0,3e38", b"0.0")])
def test_an_output_beyond_float32_is_a_certain_answer(body: bytes, score: bytes) -> None:
    status, text = invoke(body)
    assert status == "200 OK"
    assert b'{"score": ' + score in text
