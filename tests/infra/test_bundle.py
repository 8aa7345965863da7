"""The bundle for AWS, opened: what it holds, for which platform, and how large it is."""

import ast
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from infra.bundle import (
    AWS_LAMBDA,
    LOCK,
    PACKAGES,
    PROVIDED_BY_RUNTIME,
    ROOT,
    THIS_HOST,
    Bundle,
    BundleError,
    Target,
    build_bundle,
)
from infra.function_specs import FUNCTIONS

UNZIPPED_LIMIT = 250 * 1024 * 1024
RUNTIME_PACKAGES = {"boto3", "botocore", "urllib3"}
NOT_FOR_LAMBDA = {"matplotlib"}  # data_prep.show_digit imports it for a notebook, when called


@pytest.fixture(scope="module")
def aws() -> Bundle:
    return build_bundle(AWS_LAMBDA)


def test_it_fits_into_a_function(aws: Bundle) -> None:
    size = sum(path.stat().st_size for path in aws.directory.rglob("*") if path.is_file())
    assert size < UNZIPPED_LIMIT, f"{size / 1024**2:.0f} MB unzipped"


def test_its_wheels_are_for_the_functions_runtime(aws: Bundle) -> None:
    tags = {
        wheel.parent.name: [
            line.removeprefix("Tag: ")
            for line in wheel.read_text().splitlines()
            if line.startswith("Tag: ")
        ]
        for wheel in aws.directory.glob("*.dist-info/WHEEL")
    }
    assert tags
    for name, of_wheel in tags.items():
        fitting = [
            tag
            for tag in of_wheel
            if tag.endswith("-none-any")
            or (tag.startswith("cp314-cp314-manylinux") and tag.endswith("x86_64"))
        ]
        assert fitting, f"{name} is for {of_wheel}"
    compiled = [path.name for path in aws.directory.rglob("*.so")]
    assert compiled
    assert not [name for name in compiled if "cpython-" in name and "cpython-314-" not in name]


def test_its_versions_are_those_of_the_lock(aws: Bundle) -> None:
    locked = {
        line.split(" ")[0].replace("-", "_").lower()
        for line in (ROOT / LOCK).read_text().splitlines()
        if "==" in line
    }
    for folder in aws.directory.glob("*.dist-info"):
        name, version = folder.name.removesuffix(".dist-info").split("-")
        assert f"{name.lower()}=={version}" in locked


def test_what_a_killed_synthesis_has_left_is_removed(aws: Bundle) -> None:
    cache = aws.directory.parent
    abandoned = cache / "making-abandoned" / "bundle"
    abandoned.mkdir(parents=True)
    (abandoned / "half").write_text("of a bundle")

    assert build_bundle(AWS_LAMBDA, cache=cache) == aws
    assert not abandoned.parent.exists()


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_handler_of_every_function_is_in_it(aws: Bundle, name: str) -> None:
    module, _, function = FUNCTIONS[name].handler.rpartition(".")
    tree = ast.parse((aws.directory / Path(*module.split("."))).with_suffix(".py").read_text())
    defined = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    assigned = {
        target.id
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    assert function in defined | assigned


@pytest.mark.parametrize("package", PACKAGES)
def test_every_import_of_ours_is_in_it_or_in_the_runtime(aws: Bundle, package: str) -> None:
    missing = {
        f"{path.relative_to(aws.directory)} imports {name}"
        for path in (aws.directory / package).rglob("*.py")
        for name in imported(path)
        if name not in sys.stdlib_module_names | RUNTIME_PACKAGES | NOT_FOR_LAMBDA
        and not (aws.directory / name).is_dir()
        and not (aws.directory / f"{name}.py").is_file()
    }
    assert not missing


def imported(path: Path) -> set[str]:
    """Return the top-level packages that a file imports, but for the type checker's stubs."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.partition(".")[0])
    return {name for name in names if not name.startswith("mypy_boto3")}


def test_it_leaves_out_what_the_runtime_brings_and_what_nobody_runs(aws: Bundle) -> None:
    names = {path.name for path in aws.directory.iterdir()}
    assert not names & {package.replace("-", "_") for package in PROVIDED_BY_RUNTIME}
    assert "boto3" not in names
    assert not [path for path in aws.directory.rglob("*") if path.name in ("tests", "__pycache__")]
    assert not list(aws.directory.rglob("*.pyi"))


def test_every_handler_of_this_hosts_bundle_imports_with_boto3_alone_beside_it(
    tmp_path: Path,
) -> None:
    host = build_bundle(THIS_HOST)
    runtime = tmp_path / "runtime"
    runtime.mkdir()
    packages = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "six", "urllib3")
    for package in packages:
        spec = find_spec(package)
        assert spec
        assert spec.origin
        origin = Path(spec.origin)
        source = origin.parent if origin.name == "__init__.py" else origin
        (runtime / source.name).symlink_to(source)
    modules = [spec.handler.rpartition(".")[0] for spec in FUNCTIONS.values()]
    subprocess.run(
        [
            sys.executable,
            "-S",
            "-I",
            "-c",
            f"import sys; sys.path[:0] = {[str(host.directory), str(runtime)]}\n"
            + "\n".join(f"import {module}" for module in modules),
        ],
        check=True,
        env={"AWS_DEFAULT_REGION": "us-east-1", "POWERTOOLS_SERVICE_NAME": "test"},
        cwd=tmp_path,
    )


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a small checkout: a lock with nothing to install, and a file a package."""
    for package in PACKAGES:
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").write_text("")
    (tmp_path / LOCK).write_text("")
    return tmp_path


def test_the_digest_covers_sources_lock_and_target(checkout: Path) -> None:
    def digest(target: Target = THIS_HOST) -> str:
        return build_bundle(target, root=checkout, cache=checkout / "cache").digest

    first = digest()
    assert digest() == first
    assert digest(Target(platform="aarch64-manylinux_2_28", python_version="3.14")) != first
    (checkout / "contract" / "__init__.py").write_text("x = 1\n")
    changed = digest()
    assert changed != first
    (checkout / "data_prep" / "new.py").write_text("")
    added = digest()
    assert added not in (first, changed)
    (checkout / LOCK).write_text("# changed\n")
    assert digest() not in (first, changed, added)


def test_what_is_cached_is_not_made_again(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = build_bundle(THIS_HOST, root=checkout, cache=checkout / "cache")
    monkeypatch.setattr("infra.bundle.find_uv_bin", None)
    assert build_bundle(THIS_HOST, root=checkout, cache=checkout / "cache") == first


def test_a_bundle_that_could_not_be_made_leaves_nothing(checkout: Path) -> None:
    (checkout / LOCK).write_text("no-such-package-of-ours==1.0 --hash=sha256:00\n")
    with pytest.raises(BundleError, match="could not be installed for this host"):
        build_bundle(THIS_HOST, root=checkout, cache=checkout / "cache")
    assert list((checkout / "cache").iterdir()) == []
