"""Requests: every format means the same features, and what is wrong is told with its place."""

import io
import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array

from data_prep.recordio import write_dense, write_sparse
from linear_learner.serving.errors import ContentTypeError, PayloadError, PayloadSizeError
from linear_learner.serving.media_types import CSV, JSON, JSON_LINES, RECORDIO
from linear_learner.serving.requests import decode

FEATURES = np.array([[1.5, 0, -2e-3], [0, 7, 0]], np.float32)
ROWS: list[list[float]] = [[1.5, 0, -2e-3], [0, 7, 0]]


def dense_recordio(features: np.ndarray) -> bytes:
    sink = io.BytesIO()
    write_dense(sink, features)
    return sink.getvalue()


def sparse_recordio(features: Any) -> bytes:
    sink = io.BytesIO()
    write_sparse(sink, csr_array(features))
    return sink.getvalue()


def instances(*rows: object) -> bytes:
    return json.dumps({"instances": rows}).encode()


def tensor(row: list[float]) -> dict[str, object]:
    return {"data": {"features": {"values": row}}}


SPARSE = {"data": {"features": {"keys": [0, 2], "shape": [3], "values": [1.5, -2e-3]}}}


@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        (b"1.5,0,-0.002\n0,7,0", CSV),
        (b"1.5,0,-2e-3\r\n0,7,0\r\n", CSV),
        (b" 1.5 ,0, -.002\n0,+7.,000\n", CSV),
        (instances({"features": ROWS[0]}, {"features": ROWS[1]}), JSON),
        (instances(tensor(ROWS[0]), tensor(ROWS[1])), JSON),
        (instances(SPARSE, tensor(ROWS[1])), JSON),
        (b'{"features": [1.5, 0, -2e-3]}\n{"features": [0, 7, 0]}\n', JSON_LINES),
        ("\n".join(json.dumps(line) for line in (SPARSE, tensor(ROWS[1]))).encode(), JSON_LINES),
        (dense_recordio(FEATURES), RECORDIO),
        (dense_recordio(FEATURES.astype(np.float64)), RECORDIO),
        (sparse_recordio(FEATURES), RECORDIO),
    ],
)
def test_every_format_means_the_same_features(body: bytes, media_type: str) -> None:
    features = decode(body, media_type, 3)
    assert features.dtype == np.float32
    assert features == pytest.approx(FEATURES)


def test_one_record_of_json_may_stand_alone() -> None:
    assert decode(json.dumps(tensor(ROWS[0])).encode(), JSON, 3) == pytest.approx(FEATURES[:1])


numbers = st.floats(width=32, allow_nan=False, allow_infinity=False)


@given(rows=st.lists(st.lists(numbers, min_size=4, max_size=4), min_size=1, max_size=5))
def test_a_float32_is_read_as_itself(rows: list[list[float]]) -> None:
    expected = np.array(rows, np.float32)
    text = "\n".join(",".join(map(repr, row)) for row in rows).encode()
    assert np.array_equal(decode(text, CSV, 4), expected)
    body = instances(*({"features": row} for row in rows))
    assert np.array_equal(decode(body, JSON, 4), expected)


@pytest.mark.parametrize(
    ("body", "media_type", "reason"),
    [
        (b"", CSV, "it is empty"),
        (b" \n", JSON, "it is empty"),
        (b"1,2,3\n1,2", CSV, "record 1 has 2 features: expected 3"),
        (b"1,2,3\n\n1,2,3", CSV, "record 1"),
        (b"1,2,3\n1,two,3", CSV, "record 1, column 1: 'two' is not a number"),
        (b"1,,3", CSV, "record 0, column 1: '' is not a number"),
        (b"1,2,3\n4,5,-", CSV, "record 1, column 2: '-' is not a number"),
        (b"1,nan,3", CSV, "record 0, column 1: nan is not finite"),
        (b"1,2,1e39", CSV, "record 0, column 2: 1e[+]39 is beyond float32"),
        (b"\xff\xfe,2,3", CSV, "record 0, column 0"),
        (b"[1,2],3,4", CSV, "is not a number"),
        (b"1_0,2,3", CSV, "record 0, column 0: '1_0' is not a number"),
        ("\ufeff1,2,3".encode(), CSV, "record 0, column 0"),
        (b"{", JSON, "it is not JSON"),
        (b"[1, 2, 3]", JSON, "record 0: expected"),
        (b'{"instances": []}', JSON, "at least one instance"),
        (b'{"instances": {"features": [1]}}', JSON, "at least one instance"),
        (instances({"features": [1, 2]}), JSON, "record 0 has 2 features: expected 3"),
        (instances({"features": [1, "2", 3]}), JSON, "record 0, column 1: '2' is not a number"),
        (instances({"features": [1, True, 3]}), JSON, "column 1: True is not a number"),
        (instances({"features": [1, None, 3]}), JSON, "column 1: None is not a number"),
        (instances({"features": [1, [2], 3]}), JSON, r"column 1: \[2\] is not a number"),
        (instances({"values": [1, 2, 3]}), JSON, "record 0: expected"),
        (instances({"data": [1]}), JSON, "record 0: expected"),
        (instances({"features": {"keys": [0], "shape": [3]}}), JSON, "as many values as keys"),
        (
            instances({"features": {"keys": [3], "shape": [3], "values": [1]}}),
            JSON,
            "record 0: key 3: expected one of 0 to 2",
        ),
        (
            instances({"features": {"keys": [0], "shape": [9], "values": [1]}}),
            JSON,
            r"record 0 has shape \[9\]: expected \[3\]",
        ),
        (b'{"features": [1, 2, 3]}\n{"features": [1, 2, 3', JSON_LINES, "record 1 is not JSON"),
        (dense_recordio(FEATURES[:, :2]), RECORDIO, "record 0 has 2 features: expected 3"),
        (dense_recordio(FEATURES)[:-2], RECORDIO, "byte"),
        (
            dense_recordio(np.full_like(FEATURES, np.inf)),
            RECORDIO,
            "record 0, column 0: inf is not finite",
        ),
        (b"1,2,3", RECORDIO, "byte 0|cut off"),
    ],
)
def test_a_body_that_is_wrong_is_told_where(body: bytes, media_type: str, reason: str) -> None:
    with pytest.raises(PayloadError, match=reason) as refusal:
        decode(body, media_type, 3)
    assert str(refusal.value).startswith("unable to evaluate payload provided: ")
    assert refusal.value.status == 400


@given(st.binary(max_size=60), st.sampled_from([CSV, JSON, JSON_LINES, RECORDIO]))
def test_no_bytes_are_a_crash(body: bytes, media_type: str) -> None:
    try:
        features = decode(body, media_type, 3)
    except PayloadError:
        return
    assert features.shape[1] == 3
    assert np.isfinite(features).all()


def test_another_content_type_is_refused() -> None:
    with pytest.raises(ContentTypeError, match="'image/png': expected one of text/csv"):
        decode(b"1,2,3", "image/png", 3)


LONG = b"7" * 100_000


@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        (b"x" + LONG + b",2,3", CSV),
        (instances({"features": [1, LONG.decode(), 3]}), JSON),
        (b'{"features": [' + b"[" * 1000 + b"]" * 1000 + b", 2, 3]}", JSON),
        (instances({"features": {"keys": [LONG.decode()], "shape": [3], "values": [1]}}), JSON),
        (instances({"features": {"keys": [0], "shape": [3] * 9999, "values": [1]}}), JSON),
    ],
)
def test_what_is_wrong_is_told_in_brief(body: bytes, media_type: str) -> None:
    with pytest.raises(PayloadError) as refusal:
        decode(body, media_type, 3)
    assert len(str(refusal.value)) < 200


def test_sparse_records_that_would_fill_the_memory_are_refused() -> None:
    width = 1 << 20
    empty = {"features": {"keys": [], "shape": [width], "values": []}}
    for body, media_type in (
        (sparse_recordio(csr_array((20, width), dtype=np.float32)), RECORDIO),
        (instances(*[empty] * 20), JSON),
    ):
        with pytest.raises(PayloadSizeError, match="more than 16777216 values"):
            decode(body, media_type, width)
