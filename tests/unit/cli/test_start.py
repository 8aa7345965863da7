import io
import json
from pathlib import Path
from typing import Any

import pytest

from cli import command_line
from cli.errors import REFUSED, CliError
from cli.start import read_input


def test_no_input_is_the_default_case() -> None:
    assert read_input(None) == "{}"


def test_an_input_is_read_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "input.json"
    path.write_text('{"hosting": {"keep": false}}')

    assert json.loads(read_input(str(path))) == {"hosting": {"keep": False}}


def test_an_input_is_read_from_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO('{"conversion": "lambda"}'))

    assert json.loads(read_input("-")) == {"conversion": "lambda"}


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({"hosting": {"keeep": False}}, ["hosting.keeep: unknown key", "did you mean 'keep'?"]),
        ({"trainin": {}}, ["trainin: unknown key", "did you mean 'training'?"]),
        (
            {"training": {"hyperparameters": {"mini_batch_size": "0"}}},
            ["training.hyperparameters", "mini_batch_size", "'0'"],
        ),
        ({"hosting": {"instance_type": "m4.xlarge"}}, ["'m4.xlarge'", "such as 'ml.m4.xlarge'"]),
        ({"hosting": {"keep": "no"}}, ["hosting.keep: 'no'", "valid boolean"]),
        ({"conversion": "processing"}, ["conversion: 'processing'", "'auto' or 'lambda'"]),
        ({"dataset": {"uri": "http://x/y"}}, ["dataset.uri: 'http://x/y'", "s3://bucket/key"]),
        ([], ["input: []"]),
    ],
)
def test_an_impossible_input_is_refused_with_key_value_and_what_is_allowed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], value: Any, said: list[str]
) -> None:
    path = tmp_path / "input.json"
    path.write_text(json.dumps(value))

    # No AWS is there: a call would end with another status and text.
    status = command_line.main(["start", "--region", "us-east-1", "--input", str(path)])

    error = capsys.readouterr().err
    assert status == REFUSED
    for words in said:
        assert words in error


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "is not JSON"),
        ('{"gates": {"test": {"metric": "f1", "minimum": NaN}}}', "NaN is no JSON value"),
        ("\xff", "cannot read"),
    ],
)
def test_what_is_not_json_is_refused(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "input.json"
    path.write_bytes(text.encode("latin-1"))

    with pytest.raises(CliError, match=said) as refused:
        read_input(str(path))
    assert refused.value.status == REFUSED


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CliError, match=r"cannot read --input .*absent\.json"):
        read_input(str(tmp_path / "absent.json"))
