"""Damaged files: whatever the bytes are, they are records or the customer's error."""

import random
from pathlib import Path

import pytest

from linear_learner.data.channel_config import ChannelConfig
from linear_learner.data.channels import open_channel
from linear_learner.errors import ClientError
from tests.unit.linear_learner.data.samples import (
    BINARY,
    WRITERS,
    decoded,
    format_of,
    table,
    write_files,
)

DAMAGES = 1_500


def damaged(content: bytes, dice: random.Random) -> bytes:
    """Change, remove, repeat or insert some bytes."""
    changed = bytearray(content)
    for _ in range(dice.randint(1, 4)):
        at = dice.randrange(len(changed) + 1)
        size = dice.choice([1, 1, 2, 7, 40])
        noise = dice.choice(
            [dice.randbytes(size), changed[at : at + size] * 2, b"", b"\n", b",", b"-", b"9" * size]
        )
        changed[at : at + size] = noise
    return bytes(changed)


@pytest.mark.parametrize("kind", WRITERS)
def test_damaged_bytes_are_refused_or_read(kind: str) -> None:
    dice = random.Random(kind)  # noqa: S311 - not for secrets
    content = WRITERS[kind](table(12, 5, 0.6))
    refused = 0
    for _ in range(DAMAGES):
        bytes_now = damaged(content, dice)
        try:
            decoded(kind, bytes_now, BINARY, dice.choice([64, 256, 1 << 16]))
        except ClientError as error:
            assert str(error).startswith("channel train, file part-0, record ")  # noqa: PT017 - one of two outcomes
            refused += 1
    assert refused > DAMAGES // 2


@pytest.mark.parametrize("kind", WRITERS)
def test_noise_is_refused(kind: str) -> None:
    dice = random.Random(kind)  # noqa: S311 - not for secrets
    for _ in range(DAMAGES // 5):
        with pytest.raises(ClientError):
            decoded(kind, dice.randbytes(dice.randint(1, 300)).strip() + b"\x00", BINARY, 64)


@pytest.mark.parametrize("kind", WRITERS)
def test_damaged_channels_are_refused_or_read(kind: str, tmp_path: Path) -> None:
    dice = random.Random(kind)  # noqa: S311 - not for secrets
    content = WRITERS[kind](table(12, 5, 0.6))
    outcomes: set[bool] = set()
    for number in range(60):
        folder = tmp_path / str(number) / "train"
        write_files(folder, content, damaged(content, dice))
        for budget in (0, 1 << 20):
            try:
                source = open_channel(folder, ChannelConfig(format_of(kind)), BINARY, 3, budget)
                outcomes.add(sum(len(block) for block in source.blocks()) > 12)
            except ClientError:
                outcomes.add(False)
    assert False in outcomes
