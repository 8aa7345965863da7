"""What the models of a job are told of its records."""

import pytest

from linear_learner.training import candidates
from linear_learner.training.candidates import steps_per_epoch
from tests.unit.linear_learner.samples import as_source, dataset, hyperparameters


@pytest.mark.parametrize(("records", "steps"), [(600, 6), (601, 7), (5_000, 10)])
def test_steps_are_counted_up_to_where_an_epoch_is_no_short_one(records: int, steps: int) -> None:
    given = hyperparameters(mini_batch_size="100")
    assert steps_per_epoch(as_source(dataset(records)), given) == steps


def test_a_head_that_is_cut_is_taken_for_the_beginning_of_many_records(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    head = as_source(dataset(300))
    monkeypatch.setattr(candidates, "HEAD_BYTES", head.head(300).nbytes)
    assert steps_per_epoch(head, hyperparameters(mini_batch_size="100")) == 10
