"""Merging: counts are exact, texts stay, growth is bounded."""

from itertools import count

from hypothesis import given
from hypothesis import strategies as st
from tests.logic.runs import episode, step

from tacit.logic.extractors import EXTRACTORS, Seen, extract
from tacit.logic.patterns import MOST_NEW, chosen, merged
from tacit.types import Item, Pattern


def learned(*episodes: Item) -> dict[str, Item]:
    found: dict[str, Item] = {}
    ids = count()
    for one in episodes:
        for seen in chosen(extract(one, EXTRACTORS), found):
            old = found.get(seen.fingerprint)
            found[seen.fingerprint] = merged(old, seen, one, id=old.id if old else f"p{next(ids)}", now=one.created_at)
    return found


def of(item: Item) -> Pattern:
    assert isinstance(item.payload, Pattern)
    return item.payload


def run(number: int, *, success: bool = True, domain: str = "sql", task: str = "Count the singers") -> Item:
    return episode(
        step("show", "SHOW TABLES"),
        step("select", f"SELECT {number} FROM t{number}"),
        id=f"e{number}",
        success=success,
        domain=domain,
        task=task,
        created_at=number,
    )


def test_the_same_sequence_in_five_episodes_is_one_pattern_with_count_five() -> None:
    found = learned(*[run(number, success=number != 3) for number in range(1, 6)])
    sequences = [of(item) for item in found.values() if item.type == "tool_sequence"]
    assert [(one.steps, one.count, one.successes, one.failures) for one in sequences] == [
        (("show tables", "select"), 5, 4.0, 1.0)
    ]
    assert sequences[0].examples == ("e1", "e2", "e3", "e4", "e5")
    assert (sequences[0].first_seen, sequences[0].last_seen) == (1, 5)


def test_examples_are_the_first_and_the_latest_and_only_the_first_are_quoted() -> None:
    found = learned(*[run(number, task=f"Count the {'abcdefghij'[number]}{'x' * 5}") for number in range(9)])
    item = next(item for item in found.values() if item.type == "tool_sequence")
    assert of(item).examples == ("e0", "e1", "e2", "e7", "e8")
    assert item.derived_from == ("e0", "e1", "e2")
    assert item.text.endswith("Tasks: count, axxxxx, bxxxxx, cxxxxx")


def test_a_text_says_when_and_what() -> None:
    item = next(item for item in learned(run(1)).values() if item.type == "heuristic")
    assert item.text == "When starting on a task (sql): begin with `show tables`. Tasks: count, singers"
    assert (item.kind, item.key, item.source) == (
        "pattern",
        of(item).extractor + ":" + str(item.key).split(":")[1],
        "learn",
    )


def test_a_pattern_of_two_domains_is_of_none() -> None:
    found = learned(run(1), run(2, domain="web"))
    assert {item.domain for item in found.values() if item.type == "tool_sequence"} == {""}


def test_trust_is_the_lowest_of_what_the_text_was_made_from() -> None:
    seen = Seen(pattern_type="custom", fingerprint="k", action="do it")
    high = Item(id="a", kind="episode", text="", trust="high")
    low = Item(id="b", kind="episode", text="", trust="low")
    item = merged(None, seen, high, id="p", now=1)
    assert item.trust == "high"
    for _ in range(2):
        item = merged(item, seen, high, id="p", now=1)
    assert merged(item, seen, low, id="p", now=1).trust == "high"
    assert merged(merged(None, seen, high, id="p", now=1), seen, low, id="p", now=1).trust == "low"


def test_what_quotes_a_tool_is_of_low_trust() -> None:
    seen = Seen(pattern_type="custom", fingerprint="k", action="do it", quotes_output=True)
    assert merged(None, seen, Item(id="a", kind="episode", text="", trust="high"), id="p", now=1).trust == "low"


def test_risk_is_the_mean_of_what_went_wrong() -> None:
    seen = Seen(pattern_type="custom", fingerprint="k", action="do it")
    troubled = Seen(pattern_type="custom", fingerprint="k", action="do it", troubled=True)
    item = merged(None, seen, run(1), id="p", now=1)
    assert of(item).risk == 0
    item = merged(item, troubled, run(2), id="p", now=2)
    assert of(item).risk == 0.25
    item = merged(item, seen, run(3, success=False), id="p", now=3)
    assert round(of(item).risk, 9) == 0.5


def test_ten_new_ones_an_episode_the_best_first_and_all_that_are_known() -> None:
    many = [Seen(pattern_type="custom", fingerprint=f"{n:02}", action="x", weight=n % 7) for n in range(40)]
    kept = chosen(many, {"00": 1, "07": 1})
    assert len(kept) == MOST_NEW + 2
    assert {"00", "07"} <= {one.fingerprint for one in kept}
    assert {one.fingerprint for one in kept if one.weight == 6} == {"06", "13", "20", "27", "34"}
    assert kept == chosen(many, lambda key: key in ("00", "07"))
    assert [one.fingerprint for one in kept] == sorted(one.fingerprint for one in kept)


def test_what_may_not_begin_only_counts_for_what_is_known() -> None:
    only = [Seen(pattern_type="solution", fingerprint="k", action="x", begins=False)]
    assert chosen(only, {}) == []
    assert chosen(only, {"k": 1}) == only


@given(st.lists(st.tuples(st.integers(0, 3), st.booleans()), max_size=30))
def test_counts_are_exact(runs: list[tuple[int, bool]]) -> None:
    kinds = [
        ("SHOW TABLES", "SELECT 1"),
        ("SELECT 1", "SHOW TABLES"),
        ("DESC x", "SELECT 1"),
        ("SHOW TABLES", "DESC x"),
    ]
    episodes = [
        episode(*[step(said.split()[0].lower(), said) for said in kinds[kind]], id=str(n), success=ok, created_at=n)
        for n, (kind, ok) in enumerate(runs)
    ]
    for item in learned(*episodes).values():
        shown = [one for one in episodes if item.key in {seen.fingerprint for seen in extract(one, EXTRACTORS)}]
        assert of(item).count == len(shown)
        assert of(item).successes + of(item).failures == len(shown)
