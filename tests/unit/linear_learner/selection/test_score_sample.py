"""A sample of scores: its size, its chance, and that it is the same again."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from linear_learner.selection.score_sample import ScoreSample


def pass_by(
    most: int, sizes: list[int], *, seed: int = 0, positives: float = 0.5
) -> tuple[ScoreSample, np.ndarray]:
    """Let records pass by, whose scores tell their numbers; return the labels of all."""
    sample = ScoreSample(most, seed)
    labels = (np.random.default_rng(1).random(sum(sizes)) < positives).astype(np.float32)
    start = 0
    for size in sizes:
        numbers = np.arange(start, start + size, dtype=np.float32)
        sample.add(np.stack((numbers, -numbers), axis=1), labels[start : start + size])
        start += size
    return sample, labels


@given(most=st.integers(1, 60), sizes=st.lists(st.integers(1, 50), min_size=1, max_size=8))
def test_scores_stay_with_their_labels_and_no_more_are_kept_than_asked_for(
    most: int, sizes: list[int]
) -> None:
    sample, labels = pass_by(most, sizes)
    kept = sample.labels()
    numbers = sample.scores(0).astype(int)
    assert np.array_equal(labels[numbers], kept)
    assert np.array_equal(sample.scores(1), -sample.scores(0))
    assert len(set(numbers)) == len(numbers)
    assert min(most, sum(sizes)) <= len(kept) <= most + 2
    assert set(kept) == set(labels)


def test_all_are_kept_where_there_are_no_more() -> None:
    sample, labels = pass_by(100, [30, 70])
    assert np.array_equal(sample.labels(), labels)
    assert np.array_equal(sample.scores(0), np.arange(100))


def test_the_same_seed_draws_the_same_records_in_any_pieces() -> None:
    first, _ = pass_by(20, [500])
    second, _ = pass_by(20, [1] * 200 + [300])
    other, _ = pass_by(20, [500], seed=1)
    assert np.array_equal(first.scores(0), second.scores(0))
    assert not np.array_equal(first.scores(0), other.scores(0))


def test_every_record_has_the_same_chance() -> None:
    counts = np.zeros(100)
    for seed in range(600):
        sample, _ = pass_by(20, [10] * 10, seed=seed)
        counts[sample.scores(0).astype(int)] += 1
    # The first of each class is always there.
    assert abs(np.median(counts) / 600 - 0.2) < 0.02
    assert np.sort(counts)[:98].max() / 600 < 0.28
    assert counts.min() / 600 > 0.14


def test_a_rare_class_is_never_lost() -> None:
    for seed in range(20):
        sample, labels = pass_by(3, [100] * 20, seed=seed, positives=0.002)
        assert 0 < labels.sum() < 10
        assert set(sample.labels()) == {0, 1}


@pytest.mark.parametrize("models", [1, 32])
def test_its_memory_is_that_of_what_it_keeps_not_of_what_passes_by(models: int) -> None:
    most, random = 50_000, np.random.default_rng(0)
    tracemalloc.start()
    sample = ScoreSample(most, 0)
    for _ in range(100):
        labels = np.resize(np.array([0, 1], np.float32), 5_000)
        sample.add(random.random((5_000, models), np.float32), labels)
    sample.labels()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    kept = most * (8 + 4 + 4 * models)
    assert peak < 3.5 * kept, f"{peak / kept:.1f} times what is kept"
