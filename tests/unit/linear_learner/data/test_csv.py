"""CSV: numbers as Python reads them, and what else stands on a line."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from linear_learner.errors import ClientError
from tests.unit.linear_learner.data.samples import REGRESSOR, decoded, equal, table, together

DECIMAL = st.from_regex(
    r"[+-]?([0-9]{1,25}\.?[0-9]{0,25}|\.[0-9]{1,25})(e[+-]?[0-9]{1,3})?", fullmatch=True
)
FINITE = st.floats(width=32, allow_nan=False, allow_infinity=False)


def as_float32(text: str) -> np.float32:
    with np.errstate(over="ignore"):
        return np.float32(float(text))


def middles() -> st.SearchStrategy[str]:
    """Numbers at, and just beside, the middle between two float32: the hardest to round."""

    def text(bits: int, digits: int) -> str:
        low = np.uint32(bits).view(np.float32)
        middle = (float(low) + float(np.nextafter(low, np.float32(np.inf)))) / 2
        return f"{middle:.{digits}e}"

    return st.builds(text, st.integers(1 << 23, 0x7F000000), st.integers(6, 30))


def cell(text: str) -> np.float32:
    (piece,) = decoded("csv", f"1,{text}\n".encode())
    return together([piece.records]).features[0, 0]


@settings(deadline=None)
@given(
    st.one_of(
        DECIMAL,
        middles(),
        FINITE.map(repr),
        st.floats(-1e38, 1e38).map(repr),
        st.integers(-(10**20), 10**20).map(str),
    )
)
@example("16777217")
@example("-0")
@example("0.000000000000000000000000000000000000000000001")
@example("7.0064923216240854e-46")
@example("7.0064923216240853e-46")
@example("3.4028235677973366e38")
@example("1e-400")
@example("00000000000000000000000000000000000001.5")
def test_a_number_is_read_as_python_reads_it(text: str) -> None:
    expected = as_float32(text)
    if np.isfinite(expected):
        value = cell(text)
        assert value == expected
        assert np.signbit(value) == np.signbit(expected)
    else:
        with pytest.raises(ClientError, match=r"record 0: feature 0 is -?inf: expected a finite"):
            cell(text)


@settings(deadline=None)
@given(
    st.lists(st.lists(FINITE, min_size=4, max_size=4), min_size=1, max_size=20),
    st.sampled_from([repr, "{:.3g}".format, "{:.17g}".format, "{:e}".format]),
)
def test_lines_are_read_as_loadtxt_reads_them(
    rows: list[list[float]], form: Callable[[float], str]
) -> None:
    text = "".join(",".join(map(form, row)) + "\n" for row in rows)
    with np.errstate(over="ignore"):
        expected = np.loadtxt(text.splitlines(), delimiter=",", ndmin=2).astype(np.float32)
    read = together(piece.records for piece in decoded("csv", text.encode(), size=64))
    assert np.array_equal(np.column_stack((read.labels, read.features)), expected)


@pytest.mark.parametrize(
    "text",
    [
        "1,2,3\n0,4,5\n",
        "1,2,3\n0,4,5",
        "1,2,3\r\n0,4,5\r\n",
        " 1 ,\t2, 3 \n0 , 4,5\n",
        "\n1,2,3\n \n\r\n0,4,5\n\n\n",
        "+1,2.,3e0\n0.,4E+0,.5e1\n",
    ],
)
def test_what_stands_around_numbers_means_nothing(text: str) -> None:
    for size in (16, 1 << 16):
        read = together(piece.records for piece in decoded("csv", text.encode(), size=size))
        assert read.labels.tolist() == [1, 0]
        assert read.features.tolist() == [[2, 3], [4, 5]]


@pytest.mark.parametrize(
    ("bad", "shown"),
    [
        ("x", "'x'"),
        ("", "''"),
        ("1 2", "'1 2'"),
        ("1_000", "'1_000'"),
        ("nan", "'nan'"),
        ("-inf", "'-inf'"),
        ("0x10", "'0x10'"),
        ("1e", "'1e'"),
        ("1e+", "'1e+'"),
        (".", "'.'"),
        ("-", "'-'"),
        ("--1", "'--1'"),
        ("1.2.3", "'1.2.3'"),
        ('"1"', "'\"1\"'"),
        ("٣", "'٣'"),
        ("1" * 50 + "x", "'" + "1" * 40 + "…'"),
        ("\x00", r"'\\x00'"),
    ],
)
@pytest.mark.parametrize("column", [0, 2])
def test_a_cell_that_is_no_number_is_told_with_row_and_column(
    bad: str, shown: str, column: int
) -> None:
    cells = ["1", "2", "3"]
    cells[column] = bad
    content = f"\n0,1,2\n{','.join(cells)}\n7,8,9\n".encode()
    with pytest.raises(ClientError) as refusal:
        decoded("csv", content)
    expected = f"record 1: column {column}: {shown}: expected a finite number"
    assert str(refusal.value) == f"channel train, file part-0, {expected}".replace("\\\\", "\\")


def test_a_header_is_told_as_one() -> None:
    with pytest.raises(ClientError, match=r"record 0: column 0: 'label': .*, and no header$"):
        decoded("csv", b"label,x,y\n1,2,3\n")


@pytest.mark.parametrize(("line", "width"), [("1,2", 1), ("1,2,3,4", 3), ("1,2,3,", 3), ("1", 0)])
@pytest.mark.parametrize("size", [20, 1 << 10])
def test_a_line_of_another_width_is_told(line: str, width: int, size: int) -> None:
    content = f"1,2,3\n4,5,6\n7,8,9\n{line}\n1,2,3\n".encode()
    with pytest.raises(ClientError, match=f"record 3: {width} features: expected 2"):
        decoded("csv", content, size=size)


def test_a_bad_cell_is_told_before_a_wrong_width_behind_it() -> None:
    with pytest.raises(ClientError, match="record 1: column 1: 'x'"):
        decoded("csv", b"1,2,3\n1,x,3\n1,2\n")


def test_a_label_alone_is_no_record() -> None:
    with pytest.raises(ClientError, match="record 0: there is no feature"):
        decoded("csv", b"1\n0\n")


def test_more_doubtful_cells_than_are_noted_at_once() -> None:
    data = table(3_000, 3)
    doubtful = "16777217.0000000000000000"  # beside the middle between two float32
    content = "".join(f"{label},{doubtful},2,{doubtful}\n" for label in data.labels.tolist())
    read = together(piece.records for piece in decoded("csv", content.encode(), size=1 << 20))
    assert equal(
        read, replace(data, features=np.full((3_000, 3), [16777216, 2, 16777216], np.float32))
    )


def test_empty_lines_by_the_million_take_no_time() -> None:
    assert (
        decoded("csv", b"\n" * 1_000_000 + b" \r\n", REGRESSOR, 1 << 18)[-1].records.labels.size
        == 0
    )
