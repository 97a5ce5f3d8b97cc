"""Distillation: a function of the set of patterns; what is there keeps its id."""

import random
from itertools import count

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from tacit.logic.distillation import distilled, reconciled
from tacit.types import Item, Knowledge, Pattern


def pattern(key: str, condition: str, action: str, *, won: float = 3, lost: float = 1, **more: object) -> Item:
    payload = Pattern(
        pattern_type="error_recovery", extractor="x", condition=condition, action=action, count=4, successes=won,
        failures=lost, **more,
    )  # fmt: skip
    return Item(id=f"id {key}", kind="pattern", key=key, text=condition, payload=payload)


def group(tool: str, size: int) -> list[Item]:
    return [
        pattern(f"{tool}{n}", f"{tool} failed with File {tool}{n}.txt is missing", f"{tool} --force again")
        for n in range(size)
    ]


def ids() -> object:
    numbers = count()
    return lambda: f"new {next(numbers)}"


def test_what_does_worse_is_retired_or_never_succeeded_is_not_told():
    good = group("tar", 3)
    worse = [msgspec.structs.replace(one, payload=_with(one, lift=-0.5, q_value=0.01)) for one in good]
    gone = [msgspec.structs.replace(one, payload=_with(one, state="retired")) for one in good]
    lost = [msgspec.structs.replace(one, payload=_with(one, successes=0.0, failures=4.0)) for one in good]
    assert len(distilled(good)) == 1
    assert [distilled(some) for some in (worse, gone, lost)] == [{}, {}, {}]


def _with(item: Item, **changed: object) -> Pattern:
    assert isinstance(item.payload, Pattern)
    return msgspec.structs.replace(item.payload, **changed)


def test_how_extractors_put_things_is_not_what_they_say():
    """The words in marks differ in all of them, those around are the same."""
    some = [pattern(f"k{n}", f"about to call `{a}`", f"call `{b}` first") for n, (a, b) in enumerate(PAIRS)]
    assert distilled(some) == {}


PAIRS = (("make", "cat"), ("tar", "ls"), ("curl", "vpn"), ("git", "cd"), ("psql", "env"), ("awk", "sed"))


def test_confidence_is_kept_and_not_raised():
    [made] = distilled(group("tar", 9)).values()
    [other] = distilled(group("tar", 3)).values()
    assert isinstance(made.payload, Knowledge)
    assert isinstance(other.payload, Knowledge)
    assert made.payload.confidence == other.payload.confidence == 0.3006
    assert (made.payload.source_count, other.payload.source_count) == (9, 3)


def test_only_patterns_whose_words_are_quoted_are_its_sources():
    [made] = distilled(group("tar", 50)).values()
    assert len(made.derived_from) == 20
    assert isinstance(made.payload, Knowledge)
    assert made.payload.source_count == 50


@given(st.dictionaries(st.sampled_from(["tar", "make", "rsync", "curl"]), st.integers(0, 6)), st.integers(0, 99))
def test_the_order_does_not_matter_and_a_second_time_nothing_is_written(sizes: dict[str, int], seed: int):
    some = [item for tool, size in sizes.items() for item in group(tool, size)]
    wanted = distilled(some)
    random.Random(seed).shuffle(some)
    assert distilled(some) == wanted
    assert len(wanted) == sum(size >= 3 for size in sizes.values())
    first = reconciled(wanted, [], new_id=ids())
    assert {item.key for item in first.put} == set(wanted)
    again = reconciled(wanted, first.put, new_id=ids())
    assert (again.put, again.gone) == ((), ())


@given(st.sets(st.integers(0, 7)), st.sets(st.integers(0, 7)))
def test_what_was_there_before_leaves_no_trace_but_ids(before: set[int], after: set[int]):
    everything = [*group("tar", 8)]
    old = reconciled(distilled(everything[n] for n in before), [], new_id=ids())
    wanted = distilled(everything[n] for n in after)
    moved = reconciled(wanted, old.put, new_id=ids())
    now = {item.id: item for item in old.put if item.id not in moved.gone} | {item.id: item for item in moved.put}
    assert {item.key: item.payload for item in now.values()} == {key: item.payload for key, item in wanted.items()}
