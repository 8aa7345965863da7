import subprocess
from pathlib import Path

from local_aws.environment import client_environment, shell_lines


def test_nothing_that_leads_to_another_aws_is_kept(tmp_path: Path) -> None:
    mine = {
        "AWS_PROFILE": "production",
        "AWS_SESSION_TOKEN": "token",
        "AWS_ENDPOINT_URL_S3": "https://elsewhere",
        "HOME": "/home/somebody",
    }

    changed = client_environment(mine, 4600, tmp_path)

    assert not set(mine) - {"HOME"} & set(changed)
    assert changed["HOME"] == mine["HOME"]


def test_the_environment_is_the_same_every_time(tmp_path: Path) -> None:
    assert client_environment({}, 4600, tmp_path) == client_environment({}, 4600, tmp_path)


def test_the_secret_is_the_checkouts_own(tmp_path: Path) -> None:
    one = client_environment({}, 4600, tmp_path / "one")
    other = client_environment({}, 4600, tmp_path / "other")

    assert one["AWS_SECRET_ACCESS_KEY"] != other["AWS_SECRET_ACCESS_KEY"]


def test_a_proxy_is_kept_out_of_the_way(tmp_path: Path) -> None:
    changed = client_environment({"NO_PROXY": "intranet,localhost"}, 4600, tmp_path)

    assert changed["NO_PROXY"] == "intranet,localhost,127.0.0.1"
    assert changed["no_proxy"] == "localhost,127.0.0.1"


def test_the_shell_lines_do_the_same_to_a_shell(tmp_path: Path) -> None:
    mine = {"AWS_PROFILE": "production", "PATH": "/usr/bin:/bin"}
    lines = shell_lines(mine, 4600, tmp_path / "with 'quotes' and spaces")

    shell = "\n".join([*lines, "env -0"])
    printed = subprocess.run(["sh", "-c", shell], env=mine, capture_output=True, check=True).stdout

    seen = dict(line.split("=", 1) for line in printed.decode().split("\0") if line)
    expected = client_environment(mine, 4600, tmp_path / "with 'quotes' and spaces")
    assert {name: seen.get(name) for name in expected} == expected
    assert "AWS_PROFILE" not in seen
