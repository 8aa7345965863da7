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
from linear_learner.data.records import SparseRows
from linear_learner.serving.errors import ContentTypeError, PayloadError
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


def decoded(body: bytes, media_type: str, width: int) -> np.ndarray:
    features = decode(body, media_type, width)
    if not isinstance(features, SparseRows):
        return features
    return csr_array((features.data, features.indices, features.indptr), features.shape).toarray()


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
    features = decoded(body, media_type, 3)
    assert features.dtype == np.float32
    assert features == pytest.approx(FEATURES)


@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        (b"1.5,0,-2e-3\r\n0,7,0\n", CSV),
        (instances({"features": ROWS[0]}, {"features": ROWS[1]}), JSON),
        (instances(tensor(ROWS[0]), tensor(ROWS[1])), JSON),
        (b'{"features": [1.5, 0, -2e-3]}\n{"features": [0, 7, 0]}\n', JSON_LINES),
    ],
)
def test_usual_numbers_are_read_without_an_object_each(
    body: bytes, media_type: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr("linear_learner.serving.csv_body._decode_any")
    monkeypatch.delattr("linear_learner.serving.json_body._load")
    assert decoded(body, media_type, 3) == pytest.approx(FEATURES)


def test_one_record_of_json_may_stand_alone() -> None:
    assert decoded(json.dumps(tensor(ROWS[0])).encode(), JSON, 3) == pytest.approx(FEATURES[:1])


UNSORTED = csr_array(
    (np.array([5, 1, -4, 3], np.float32), np.array([2, 0, 2, 1]), np.array([0, 3, 3, 4])), (3, 3)
)


@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        (
            instances(
                {"features": {"keys": [2, 0, 2], "shape": [3], "values": [5, 1, -4]}},
                {"features": {"keys": [], "shape": [3], "values": []}},
                {"features": {"keys": [1], "shape": [3], "values": [3]}},
            ),
            JSON,
        ),
        (sparse_recordio(UNSORTED), RECORDIO),
    ],
)
def test_keys_come_in_any_order_and_values_of_equal_ones_are_added(
    body: bytes, media_type: str
) -> None:
    features = decode(body, media_type, 3)
    assert isinstance(features, SparseRows)
    assert features.indptr.tolist() == [0, 2, 2, 3]
    assert features.indices.tolist() == [0, 2, 1]
    assert features.data.tolist() == [1, 1, 3]


numbers = st.floats(width=32, allow_nan=False, allow_infinity=False)


@given(rows=st.lists(st.lists(numbers, min_size=4, max_size=4), min_size=1, max_size=5))
def test_a_float32_is_read_as_itself(rows: list[list[float]]) -> None:
    expected = np.array(rows, np.float32)
    text = "\n".join(",".join(map(repr, row)) for row in rows).encode()
    assert np.array_equal(decoded(text, CSV, 4), expected)
    body = instances(*({"features": row} for row in rows))
    assert np.array_equal(decoded(body, JSON, 4), expected)


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
        (b"1,2,3,1e99,4,5,6", CSV, "record 0 has 7 features: expected 3"),
        (b"1,2,3,1e99\n1,2,3", CSV, "record 0 has 4 features: expected 3"),
        (b"1,2\n3,1e99,4,5", CSV, "record 0 has 2 features: expected 3"),
        (b"1,2\n1e99,3,4,5", CSV, "record 0 has 2 features: expected 3"),
        (b"1,2,1e99", CSV, "record 0, column 2: 1e[+]99 is beyond float32"),
        (b"1,2,1e39", CSV, "record 0, column 2: 1e[+]39 is beyond float32"),
        (b"\xff\xfe,2,3", CSV, "record 0, column 0"),
        (b"[1,2],3", CSV, "is not a number"),
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
        (instances({"features": {"keys": [0], "shape": [3]}}), JSON, "also with keys and shape"),
        (
            instances({"features": {"keys": [0], "shape": [3], "values": []}}),
            JSON,
            "record 0: expected as many values as keys",
        ),
        (
            instances({"features": {"keys": [3], "shape": [3], "values": [1]}}),
            JSON,
            "record 0: key 3: expected one of 0 to 2",
        ),
        (
            instances({"features": {"keys": [2, 1, 2], "shape": [3], "values": [3e38, 1, 1e38]}}),
            JSON,
            "record 0, column 2: 4e[+]38 is beyond float32",
        ),
        (
            instances(SPARSE, {"features": {"keys": [2], "shape": [3], "values": [1e39]}}),
            JSON,
            "record 1, column 2: 1e[+]39 is beyond float32",
        ),
        (instances(SPARSE, {"features": [1, 2]}), JSON, "record 1 has 2 features: expected 3"),
        (
            sparse_recordio(FEATURES[:, :2]),
            RECORDIO,
            "record 0 has 2 features: expected 3",
        ),
        (
            sparse_recordio(np.array([[0, 1, 0], [0, 0, np.nan]], np.float32)),
            RECORDIO,
            "record 1, column 2: nan is not finite",
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
        features = decoded(body, media_type, 3)
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


def test_sparse_records_take_no_memory_for_what_they_do_not_have() -> None:
    width = 1 << 24
    one = {"features": {"keys": [7], "shape": [width], "values": [2.5]}}
    for body, media_type in (
        (
            sparse_recordio(csr_array((np.array([2.5], np.float32), ([0], [7])), (1, width))),
            RECORDIO,
        ),
        (instances(*[one] * 50), JSON),
    ):
        features = decode(body, media_type, width)
        assert isinstance(features, SparseRows)
        assert features.data.nbytes + features.indices.nbytes <= 400


NUMBERS = ["0", "-0", "1", "-1.5", "2e3", "2E-3", ".5", "1.", "+1", "007", "1e-400", "9" * 25]
OTHERS = [
    "1e400",
    "1e99",
    "1e+99",
    "nan",
    "inf",
    "",
    "x",
    "1_0",
    "0x1",
    "[1]",
    "1 2",
    '"1"',
    "1\t",
    "\x0b1",
]


@given(
    rows=st.lists(
        st.lists(st.sampled_from(NUMBERS + OTHERS), min_size=1, max_size=3), min_size=1, max_size=3
    )
)
def test_csv_means_what_python_takes_it_for(rows: list[list[str]]) -> None:
    text = "\n".join(",".join(row) for row in rows)
    while rows and rows[-1] == [""]:  # empty lines at the end are none
        rows = rows[:-1]
    try:
        expected = [[number(cell) for cell in row] for row in rows]
    except ValueError:
        expected = []
    if expected and all(len(row) == 2 and all(abs(v) < 3e38 for v in row) for row in expected):
        rounded = [[float(np.float32(value)) for value in row] for row in expected]
        assert decoded(text.encode(), CSV, 2).tolist() == rounded
    else:
        with pytest.raises(PayloadError):
            decode(text.encode(), CSV, 2)


def number(cell: str) -> float:
    if "_" in cell:
        raise ValueError(cell)
    return float(cell)


LINES = [
    '{"features": [1, 2]}',
    '{"data": {"features": {"values": [3, 4]}}}',
    '{"features": [1, [2]]}',
    '{"features": [[1, 2]]}',
    '{"features": [1, 2], "features": [5, 6]}',
    '{"features": [1, 2], "id": "[7]"}',
    '{"features": [1, 2]},{"features": [1, 2]}',
    '{"features": [1, 2]}], "more": [{"features": [1, 2]}',
    '{"features": [1,',
    "2]}",
    '{"features": [1',
    ", 2]}",
    '{"features": [1, true]}',
    '{"features": [1, 1e400]}',
    '{"feature": [1, 2]}',
    "[1, 2]",
    "{}",
    "7",
]


@given(st.lists(st.sampled_from(LINES), min_size=1, max_size=4))
def test_json_lines_mean_what_each_line_means(lines: list[str]) -> None:
    rows = [meaning(line) for line in lines]
    body = "\n".join(lines).encode()
    if all(row is not None for row in rows):
        assert decoded(body, JSON_LINES, 2).tolist() == rows
    else:
        with pytest.raises(PayloadError):
            decode(body, JSON_LINES, 2)


def meaning(line: str) -> list[float] | None:
    try:
        instance = json.loads(line)
        found = instance.get("features") or instance["data"]["features"]["values"]
        return [float(value) for value in found if value is not True] if good(found) else None
    except (ValueError, KeyError, AttributeError, TypeError):
        return None


def good(values: list[Any]) -> bool:
    return len(values) == 2 and all(
        isinstance(v, int | float) and not isinstance(v, bool) and abs(v) < 1e38 for v in values
    )
