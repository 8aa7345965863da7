"""The picture in the docs is of this state machine."""

import re
from itertools import pairwise
from pathlib import Path

from tests.workflow.test_definition import STATES, successors

PAGE = Path(__file__).parents[2] / "docs" / "adr" / "0001-prove-then-promote.md"
# What the picture leaves out: the ways of errors.
LEFT_OUT = re.compile(r"Find|NotCreated|TimedOut|NotDeleted|DeletionRefused")


def drawn() -> set[tuple[str, str]]:
    """Return the arrows of the picture."""
    picture = PAGE.read_text().partition("flowchart LR")[2].partition("```")[0]
    arrows: set[tuple[str, str]] = set()
    for line in picture.splitlines():
        names = re.sub(r"-- [a-z ]+ -->", "-->", line).split("-->")
        way = [name.strip() for name in names if name.strip()]
        arrows |= set(pairwise(way))
    return arrows


def test_every_arrow_is_a_way_of_the_machine() -> None:
    assert drawn()
    assert [(a, b) for a, b in sorted(drawn()) if b not in successors(STATES[a])] == []


def test_every_state_is_in_the_picture_or_left_out_on_purpose() -> None:
    shown = {name for arrow in drawn() for name in arrow}
    assert {name for name in STATES if not LEFT_OUT.search(name)} == shown
