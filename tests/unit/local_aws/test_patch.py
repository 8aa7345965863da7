from collections.abc import Callable
from types import ModuleType

import pytest

from local_aws.ministack_adapter import patch


@pytest.fixture
def module() -> ModuleType:
    made = ModuleType("made")

    def double(number: int) -> int:
        return 2 * number

    made.double = double  # pyright: ignore[reportAttributeAccessIssue] - a module for this test
    return made


def one_more(original: Callable[[int], int], number: int) -> int:
    return original(number) + 1


def of_another_name(original: Callable[[int], int], value: int) -> int:
    return original(value)


def test_a_replacement_gets_the_original(module: ModuleType) -> None:
    patch.replace(module, "double", one_more)

    assert module.double(3) == 7


def test_a_name_that_is_gone_is_told(module: ModuleType) -> None:
    with pytest.raises(RuntimeError, match="made has no function triple"):
        patch.replace(module, "triple", one_more)


def test_parameters_that_have_changed_are_told(module: ModuleType) -> None:
    with pytest.raises(RuntimeError, match=r"made\.double now takes number"):
        patch.replace(module, "double", of_another_name)


def test_another_version_of_ministack_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def other(_package: str) -> str:
        return "2.0.0"

    monkeypatch.setattr(patch, "version", other)

    with pytest.raises(RuntimeError, match=r"ministack 2\.0\.0 is installed"):
        patch.check_version()
