"""Answers in each of the formats, and the choice between them."""

import json

import numpy as np
import pytest

from linear_learner.serving.answers import encode
from linear_learner.serving.errors import AcceptError
from linear_learner.serving.media_types import (
    CSV,
    JSON,
    JSON_LINES,
    RECORDIO,
    answer_type,
    media_type,
)

SCORES = np.array([0.9999949932098389, 9.6e-05, 0.5], np.float32)
LABELS = np.array([1, 0, 1])


def test_json_is_what_python_writes() -> None:
    predictions = [
        {"score": float(score), "predicted_label": int(label)}
        for score, label in zip(SCORES, LABELS, strict=True)
    ]
    expected = json.dumps({"predictions": predictions})
    assert encode(SCORES, LABELS, JSON).decode() == expected
    assert expected.startswith('{"predictions": [{"score": 0.9999949932098389, "predicted_label')


def test_json_lines_are_the_same_objects_a_line_each() -> None:
    lines = encode(SCORES, LABELS, JSON_LINES).decode().splitlines()
    assert [json.loads(line) for line in lines] == json.loads(encode(SCORES, LABELS, JSON))[
        "predictions"
    ]


def test_recordio_has_score_and_label_as_float32_tensors() -> None:
    score = (
        bytes.fromhex("0a05") + b"score" + bytes.fromhex("1208 1206 0a04") + SCORES[:1].tobytes()
    )
    label = bytes.fromhex("0a0f") + b"predicted_label" + bytes.fromhex("1208 1206 0a04 0000803f")
    payload = b"\x12" + bytes([len(label)]) + label + b"\x12" + bytes([len(score)]) + score
    padded = payload + bytes(-len(payload) % 4)
    expected = bytes.fromhex("0a23d7ce") + len(payload).to_bytes(4, "little") + padded
    assert encode(SCORES[:1], LABELS[:1], RECORDIO) == expected
    assert len(encode(SCORES, LABELS, RECORDIO)) == 3 * len(expected)


CLASS_SCORES = np.array([[0.1, 0.7, 0.2], [0.5, 0.25, 0.25]], np.float32)
CLASSES = np.array([1, 0])


def test_scores_of_classes_are_a_list() -> None:
    predictions = [
        {"score": scores, "predicted_label": label}
        for scores, label in zip(CLASS_SCORES.tolist(), CLASSES.tolist(), strict=True)
    ]
    expected = json.dumps({"predictions": predictions})
    assert encode(CLASS_SCORES, CLASSES, JSON).decode() == expected
    lines = encode(CLASS_SCORES, CLASSES, JSON_LINES).decode()
    assert lines == "".join(f"{json.dumps(line)}\n" for line in predictions)


def test_a_prediction_has_a_score_alone() -> None:
    scores = np.array([-1.5, 1e-5], np.float32)
    assert encode(scores, None, JSON) == (
        b'{"predictions": [{"score": -1.5}, {"score": 9.999999747378752e-06}]}'
    )
    assert encode(scores, None, JSON_LINES) == (
        b'{"score": -1.5}\n{"score": 9.999999747378752e-06}\n'
    )


def test_recordio_has_the_scores_of_classes_in_one_tensor() -> None:
    label = bytes.fromhex("0a0f") + b"predicted_label" + bytes.fromhex("1208 1206 0a04 0000803f")
    score = (
        bytes.fromhex("0a05")
        + b"score"
        + bytes.fromhex("1210 120e 0a0c")
        + CLASS_SCORES[0].tobytes()
    )
    payload = b"\x12" + bytes([len(label)]) + label + b"\x12" + bytes([len(score)]) + score
    padded = payload + bytes(-len(payload) % 4)
    expected = bytes.fromhex("0a23d7ce") + len(payload).to_bytes(4, "little") + padded
    assert encode(CLASS_SCORES[:1], CLASSES[:1], RECORDIO) == expected
    assert len(encode(CLASS_SCORES, CLASSES, RECORDIO)) == 2 * len(expected)


def test_recordio_of_a_prediction_has_no_label() -> None:
    scores = np.array([2.5], np.float32)
    score = bytes.fromhex("0a05") + b"score" + bytes.fromhex("1208 1206 0a04") + scores.tobytes()
    payload = b"\x12" + bytes([len(score)]) + score
    padded = payload + bytes(-len(payload) % 4)
    expected = bytes.fromhex("0a23d7ce") + len(payload).to_bytes(4, "little") + padded
    assert encode(scores, None, RECORDIO) == expected


@pytest.mark.parametrize(
    ("accept", "request_type", "chosen"),
    [
        ("", CSV, JSON),
        ("", JSON_LINES, JSON_LINES),
        ("", RECORDIO, JSON),
        ("*/*", JSON_LINES, JSON_LINES),
        ("application/json", RECORDIO, JSON),
        ("application/x-recordio-protobuf", CSV, RECORDIO),
        ("text/csv, application/jsonlines;q=0.5", CSV, JSON_LINES),
        ("Application/JSON; charset=utf-8", CSV, JSON),
        ("application/json;q=0.1, application/jsonlines;q=0.5", CSV, JSON_LINES),
        ("application/jsonlines;q=0, application/json", CSV, JSON),
        ("application/json;q=0, */*", JSON, JSON),
        ("text/csv, */*;q=0.1", CSV, JSON),
        ("application/json;q=high", CSV, JSON),
    ],
)
def test_the_format_is_what_is_asked_for(accept: str, request_type: str, chosen: str) -> None:
    assert answer_type(accept, request_type) == chosen


def test_a_format_without_answers_is_refused() -> None:
    with pytest.raises(AcceptError, match="Accept 'text/csv': expected one of application/json"):
        answer_type("text/csv", CSV)


def test_parameters_of_a_media_type_do_not_matter() -> None:
    assert media_type("Text/CSV; label_size=0") == CSV
