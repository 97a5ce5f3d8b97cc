"""The catalogue: what may be changed, for what, and when it is an idea."""

import pytest

from tacit.changes import TUNABLE
from tacit.improvement import Alteration
from tacit.logic.improving.catalogue import (
    CATALOGUE,
    FilterUse,
    Observed,
    Remedy,
    Retirable,
    goal_of,
    possible,
)
from tacit.logic.improving.dials import DIALS, GROUPS


@pytest.mark.parametrize("remedy", CATALOGUE, ids=lambda remedy: remedy.name)
def test_each_entry_says_what_it_is_for_and_where_its_estimates_come_from(remedy: Remedy):
    assert remedy.purpose
    assert remedy.source
    assert 0 < remedy.confidence < 1
    assert remedy.expected > 0
    assert all(goal_of(metric) for metric in remedy.answers)


def test_each_group_of_dials_has_an_entry_that_names_all_that_it_may_touch():
    entries = {remedy.name: remedy for remedy in CATALOGUE if remedy.kind == "policy"}
    assert set(entries) == set(GROUPS)
    for group, names in GROUPS.items():
        assert set(entries[group].touches) == {measure for name in names for measure in DIALS[name].touches}


def test_a_bottleneck_that_no_replay_can_see_has_no_goal():
    assert goal_of("error_count") is None
    assert goal_of("recall_quality") == "quality"
    assert goal_of("query_time_ms") == "milliseconds"


def test_a_column_that_many_recalls_filter_by_and_the_database_scans_may_get_an_index():
    observed = Observed(
        recalls=100,
        filters=(
            FilterUse(column="domain", count=50, scanned=True),
            FilterUse(column="author", count=80, scanned=True),
            FilterUse(column="type", count=5, scanned=True),  # too seldom
            FilterUse(column="language", count=90, scanned=False),  # has one
            FilterUse(column="session", count=90, scanned=True),  # not one that may be made
        ),
    )
    found = possible("query_time_ms", observed)
    assert [one.change for one in found] == [
        Alteration(kind="index", index="author"), Alteration(kind="index", index="domain"),
    ]  # fmt: skip
    assert "80 of 100 recalls filter by it" in found[0].description
    assert found[0].remedy.suggestion_type == "indexing"
    assert possible("recall_quality", observed) == []


def test_a_column_that_was_given_an_index_is_not_given_another():
    use = FilterUse(column="domain", count=50, scanned=True)
    assert possible("query_time_ms", Observed(recalls=100, filters=(use,), indexed=("domain",))) == []


def test_only_columns_that_filters_name_may_be_indexed():
    assert set(TUNABLE) <= {"type", "domain", "language", "author", "source", "created_at"}


def test_installed_embedders_other_than_the_present_one_may_be_tried():
    found = possible("recall_quality", Observed(embedder="small", embedders=("small", "large")))
    assert [one.change for one in found] == [Alteration(kind="embedder", embedder="large")]


def test_items_that_hurt_and_items_that_nobody_was_shown_may_be_retired_apart_from_each_other():
    items = (
        Retirable(item="b", verdict="hurts", shown=30),
        Retirable(item="a", verdict="hurts", shown=30),
        Retirable(item="c", shown=0, age_days=200),
        Retirable(item="d", shown=0, age_days=2),  # young
        Retirable(item="e", shown=3, age_days=200),  # on its way to a verdict
        Retirable(item="f", verdict="helps", shown=0, age_days=200),
    )
    found = possible("recall_quality", Observed(retirable=items))
    assert [one.change.items for one in found] == [("a", "b"), ("c",)]


def test_an_empty_memory_has_nothing_to_change_but_dials():
    assert possible("recall_quality", Observed()) == possible("query_time_ms", Observed()) == []
