"""Objects that are read piece by piece."""

import pytest

from local_aws.sagemaker import storage
from local_aws.sagemaker.passed_role import PassedRole
from local_aws.sagemaker.storage import Storage, StorageError
from tests.unit.local_aws_sagemaker.surroundings import ROLE, MemoryPlatform

URI = "s3://data/key"
PLACE = ("data", "key")


@pytest.fixture
def stored(platform: MemoryPlatform, monkeypatch: pytest.MonkeyPatch) -> Storage:
    monkeypatch.setattr(storage, "_PIECE_BYTES", 10)
    return PassedRole(platform, ROLE).storage()


@pytest.mark.parametrize("size", [0, 1, 9, 10, 11, 20, 99])
def test_the_pieces_are_the_object(stored: Storage, platform: MemoryPlatform, size: int) -> None:
    platform.objects[PLACE] = content = bytes(range(size))

    pieces = list(stored.pieces(URI))

    assert b"".join(pieces) == content
    assert all(0 < len(piece) <= 10 for piece in pieces)


def test_the_pieces_are_of_one_version(stored: Storage, platform: MemoryPlatform) -> None:
    platform.objects[PLACE] = b"first" * 5
    pieces = stored.pieces(URI)
    next(pieces)
    platform.objects[PLACE] = b"other" * 5

    with pytest.raises(StorageError, match=r"s3://data/key: .*PreconditionFailed"):
        next(pieces)


def test_an_object_that_is_not_there_is_missing(stored: Storage) -> None:
    with pytest.raises(StorageError) as refusal:
        list(stored.pieces(URI))
    assert refusal.value.missing


def test_no_more_is_read_than_was_asked_for(stored: Storage, platform: MemoryPlatform) -> None:
    platform.objects[PLACE] = bytes(21)

    assert stored.read(URI, most=21) == bytes(21)
    with pytest.raises(StorageError, match="has more than 20 bytes"):
        stored.read(URI, most=20)
