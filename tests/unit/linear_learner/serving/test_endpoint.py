"""The endpoint by itself: every body has an answer, and what a model cannot answer is told."""

import io
import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from data_prep.recordio import write_dense, write_sparse
from linear_learner.model import LinearModel
from linear_learner.serving.endpoint import Answer, Endpoint
from linear_learner.serving.media_types import CSV, JSON, JSON_LINES, RECORDIO
from tests.unit.linear_learner.serving.models import (
    BINARY,
    FEATURES,
    HINGE,
    MODELS,
    MULTICLASS,
    RECORDS,
    REGRESSOR,
    model,
)


def answer(of: LinearModel, body: bytes, content_type: str = CSV, accept: str = "") -> Answer:
    return Endpoint(of).answer(body, content_type, accept)


def two_features(of: LinearModel) -> LinearModel:
    return replace(of, weights=np.array([[10], [-10]], np.float32), bias=np.zeros(1, np.float32))


@pytest.mark.parametrize("of", [BINARY, HINGE, REGRESSOR])
def test_a_record_without_a_score_is_named(of: LinearModel) -> None:
    found = answer(two_features(of), b"1,2\n3e38,3e38")
    assert found.status == 400
    assert b"record 1: the features are too large for the model" in found.body


def test_a_class_without_a_probability_is_told() -> None:
    found = answer(MULTICLASS, b"0,0,0,0,0,0\n" + b",".join([b"3e38"] * 6))
    assert found.status == 400
    assert b"record 1: the features are too large for the model" in found.body


@pytest.mark.parametrize("of", [HINGE, REGRESSOR])
def test_an_output_beyond_float32_is_no_answer(of: LinearModel) -> None:
    assert answer(two_features(of), b"3e38,0").status == 400


@pytest.mark.parametrize(("body", "score"), [(b"3e38,0", b"1.0"), (b"0,3e38", b"0.0")])
def test_a_probability_beyond_float32_is_certain(body: bytes, score: bytes) -> None:
    found = answer(two_features(BINARY), body)
    assert found.status == 200
    assert b'{"score": ' + score in found.body


def test_an_answer_that_would_fill_the_memory_is_refused() -> None:
    many = model("multiclass_classifier", "softmax_loss", 1 << 20, features=1)
    found = answer(many, b"1\n" * 5)
    assert found.status == 413
    assert b"5 records have 5242880 scores: expected 4194304 at most" in found.body


@pytest.mark.parametrize(
    ("features", "outputs", "size", "quick"),
    [
        (784, 1, 400_000, True),
        (784, 10, 400_000, True),
        (784, 1, 600_000, False),
        (784, 1000, 6_000, True),
        (784, 1000, 400_000, False),
        (1, 1, 500_000, True),
        (1, 10, 500_000, False),
    ],
)
def test_what_may_take_long_is_known_by_its_size(
    features: int, outputs: int, size: int, *, quick: bool
) -> None:
    of = model("multiclass_classifier", "softmax_loss", outputs, features)
    assert Endpoint(of).is_quick(size) is quick


def test_the_longest_refusal_is_short() -> None:
    for content_type in (CSV, JSON, JSON_LINES, RECORDIO, "x" * 100_000):
        assert len(answer(BINARY, b"{" * 100_000, content_type).body) < 400


def dense(records: np.ndarray) -> bytes:
    sink = io.BytesIO()
    write_dense(sink, records, np.ones(len(records), np.float32))
    return sink.getvalue()


def sparse(records: np.ndarray) -> bytes:
    sink = io.BytesIO()
    write_sparse(sink, csr_array(records))
    return sink.getvalue()


SOUND = [
    ("\n".join(",".join(map(str, row)) for row in RECORDS[:3].tolist()).encode(), CSV),
    (json.dumps({"instances": [{"features": row} for row in RECORDS[:3].tolist()]}).encode(), JSON),
    (
        json.dumps(
            {"instances": [{"data": {"features": {"values": RECORDS[0].tolist()}}}] * 2}
        ).encode(),
        JSON,
    ),
    (
        json.dumps(
            {"data": {"features": {"keys": [1, 4], "shape": [FEATURES], "values": [0.5, 1]}}}
        ).encode(),
        JSON_LINES,
    ),
    (b'{"features": [1, 2, 3, 4, 5, 6]}\n{"features": [6, 5, 4, 3, 2, 1]}', JSON_LINES),
    (dense(RECORDS[:3]), RECORDIO),
    (sparse(RECORDS[:3] * (RECORDS[:3] > 0)), RECORDIO),
]
PIECES = [
    *(b"", b"\n", b",", b"-", b"1", b"1e999", b"NaN", b"[", b"]", b"{", b"}", b'"', b"null"),
    *(b"features", b"\x00", b"\xff", b"\x80\x80\x80\x80\x80", b"\n\xd7\x23\xce", b"9" * 40),
]


@st.composite
def damaged(draw: st.DrawFn) -> tuple[bytes, str]:
    body, content_type = draw(st.sampled_from(SOUND))
    content = bytearray(body)
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(content)))
        stop = min(len(content), start + draw(st.sampled_from([0, 1, 1, 4, 30])))
        content[start:stop] = draw(st.sampled_from(PIECES) | st.binary(max_size=3))
    return bytes(content), draw(st.sampled_from([content_type] * 9 + [CSV, JSON, JSON_LINES]))


@pytest.mark.parametrize("name", MODELS)
@settings(max_examples=300)
@given(
    request=damaged(),
    accept=st.sampled_from(["", JSON, JSON_LINES, RECORDIO, "text/html", "a/b;q=x"]),
)
def test_every_request_has_an_answer_or_a_reason(
    name: str, request: tuple[bytes, str], accept: str
) -> None:
    found = answer(MODELS[name], *request, accept)
    if found.status == 200:
        if found.content_type != RECORDIO:
            for word in (b"NaN", b"Infinity", b"inf", b"nan"):
                assert word not in found.body
    elif found.status == 400:
        assert found.body.startswith(b"unable to evaluate payload provided: ")
    else:
        assert found.status == 406
    assert len(found.body) < 1000
