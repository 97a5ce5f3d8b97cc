"""Forgetting: what is gone is gone with its words, its vectors, what was derived from it, its bytes in the file."""

from pathlib import Path

import pytest

import tacit
from tacit.errors import InvalidInput
from tacit.logic.passages import passage_id
from tacit.memory import Memory
from tacit.operations.forget import Forgotten
from tacit.types import Item

PLACES = pytest.mark.parametrize("place", ["agent.db", ":memory:"])
CANARY = "zyxquark"
"""Its own stem, so that the index of words has these bytes as well."""


def opened(folder: Path, place: str = "agent.db", embedder: str = "hashing:384") -> Memory:
    return tacit.open(place if place == ":memory:" else folder / place, embedder=embedder, worker=False)


def bytes_of(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.rglob("*") if file.is_file())


def vector_of(memory: Memory, item: Item) -> bytes:
    assert memory.embedder is not None
    passage = passage_id(item.sequence, 0)
    return memory._backend.vectors(memory.namespace, memory.embedder.name, [passage])[0].astype("<f2").tobytes()


@PLACES
def test_what_is_forgotten_is_found_neither_by_words_nor_by_meaning_nor_by_id(tmp_path: Path, place: str):
    with opened(tmp_path, place) as memory:
        gone = memory.record_fact(f"the {CANARY} sings at dawn")
        kept = memory.record_fact("the owl sings at dusk")
        memory.flush()
        assert memory.forget(gone.id, "unknown") == Forgotten(ids=(gone.id,), derived=0, kinds={"fact": 1})
        assert [one.item.id for one in memory.recall(f"the {CANARY} sings at dawn").results] == [kept.id]
        assert memory.get(gone.id) == []
        stats = memory.stats()
        assert (stats.items, stats.vectors) == ({"fact": 1}, {"hashing:384": 1})


@PLACES
def test_what_was_derived_goes_too_through_every_generation(tmp_path: Path, place: str):
    with opened(tmp_path, place) as memory:
        source = memory.record_message("the source")
        parent = source
        for generation in range(3):
            parent = memory.record_fact(f"derived {generation}", derived_from=[parent.id])
        other = memory.record_fact("derived from something else, too", derived_from=["elsewhere", parent.id])
        bystander = memory.record_fact("derived from nothing here", derived_from=["elsewhere"])
        plan = memory.forget(source.id, dry_run=True)
        assert (len(plan.ids), plan.derived, plan.kinds, plan.dry_run) == (5, 4, {"message": 1, "fact": 4}, True)
        assert len(memory.items()) == 6, "a dry run deletes nothing"
        done = memory.forget(source.id)
        assert set(done.ids) == set(plan.ids)
        assert other.id in done.ids
        assert memory.items() == [bystander]


@PLACES
def test_a_circle_of_derivations_ends(tmp_path: Path, place: str):
    with opened(tmp_path, place) as memory:
        first = memory.record_fact("first", key="a")
        second = memory.record_fact("second", derived_from=[first.id])
        memory.record_fact("first again", key="a", derived_from=[second.id])
        assert len(memory.forget(first.id).ids) == 3


@PLACES
def test_forgetting_goes_by_filter_and_by_id_together_and_never_by_nothing(tmp_path: Path, place: str):
    with opened(tmp_path, place) as memory:
        fact = memory.record_fact("a fact")
        memory.record_message("one", session="s")
        memory.record_message("two", session="t")
        with pytest.raises(InvalidInput, match="nothing to forget is named"):
            memory.forget()
        assert memory.forget(fact.id, sessions=["s"]).kinds == {"fact": 1, "message": 1}
        assert [item.text for item in memory.items()] == ["two"]


@PLACES
def test_neighbours_lose_the_words_of_a_forgotten_message_and_are_embedded_anew(tmp_path: Path, place: str):
    with opened(tmp_path, place) as memory:
        said = [memory.record_message(text, session="s") for text in ("before", f"my {CANARY} died", "oh no", "sad")]
        memory.flush()
        memory.forget(said[1].id)
        assert [item.context for item in memory.items()] == [(), ("before",), ("oh no",)]
        assert memory.unembedded() == 2, "their vectors carried some of it"
        assert memory.flush()
        assert all(one.why.words == () for one in memory.recall(CANARY).results)


def test_a_neighbour_is_found_however_much_was_recorded_in_between(tmp_path: Path):
    with opened(tmp_path, embedder="none") as memory:
        gone = memory.record_message(f"my {CANARY} died", session="s")
        for number in range(300):
            memory.record_fact(f"fact {number}", session="s")
        memory.record_message("oh no", session="s")
        memory.forget(gone.id)
        assert memory.recall(CANARY).results == ()
        assert memory.items(kinds=["message"])[0].context == ()


def test_an_interaction_after_a_forgotten_one_forgets_its_words(tmp_path: Path):
    with opened(tmp_path, embedder="none") as memory:
        gone = memory.record_interaction(f"what is a {CANARY}?", "a bird", session="s")
        memory.record_interaction("and an owl?", "another one", session="s")
        memory.forget(gone.id)
        assert memory.recall(CANARY).results == ()


def test_no_byte_of_what_was_forgotten_stays_in_the_file(tmp_path: Path):
    with opened(tmp_path) as memory:
        for number in range(50):
            memory.record_message(f"filler {number} " + "word " * 50, session="s")
        said = memory.record_message(f"{CANARY} one", session="s", author=CANARY, metadata={"note": CANARY})
        fact = memory.record_fact(f"{CANARY} two", key=CANARY, tags=[CANARY], source=CANARY)
        memory.record_fact("derived", derived_from=[fact.id], metadata={"from": CANARY})
        memory.set_preference(CANARY, {CANARY: "three"})
        with memory.episode(f"{CANARY} four") as episode:
            for number in range(60):
                episode.step("bash", arguments=f"{CANARY} {number}", observation=CANARY)
            episode.success(CANARY)
        long = memory.record_message(f"{CANARY} " * 2000)
        memory.record_message("oh", session="s")
        memory.flush()
        vector = vector_of(memory, fact)
        assert CANARY.encode() in bytes_of(tmp_path)
        assert vector in bytes_of(tmp_path)
        done = memory.forget(said.id, fact.id, episode.id, long.id, kinds=["preference"])
        assert len(done.ids) - done.kinds.get("pattern", 0) == 6
    left = bytes_of(tmp_path)
    assert CANARY.encode() not in left
    assert vector not in left
    assert b"filler 49" in left


def test_forgetting_tells_the_cache_of_the_embedder(tmp_path: Path):
    with opened(tmp_path) as memory:
        gone = memory.record_fact(f"the {CANARY} sings")
        memory.flush()
        assert memory.embedder is not None
        before = memory.embedder.counts.misses
        memory.embedder.embed([gone.text], "document")
        assert memory.embedder.counts.misses == before, "it was kept"
        memory.forget(gone.id)
        memory.embedder.embed([gone.text], "document")
        assert memory.embedder.counts.misses == before + 1


@PLACES
def test_what_was_recalled_may_be_forgotten_and_feedback_still_attaches(tmp_path: Path, place: str):
    with opened(tmp_path, place) as memory:
        fact = memory.record_fact("the owl sings at dusk")
        asked = memory.recall("owl")
        memory.forget(fact.id)
        assert memory.recalls()[0].shown[0].item == fact.id
        memory.feedback(asked.id, 1.0, items=[fact.id])
        assert memory.recall("owl").reason.startswith("namespace default is empty")


@PLACES
def test_what_is_forgotten_can_be_recorded_again(tmp_path: Path, place: str):
    with opened(tmp_path, place) as memory:
        first = memory.record_message("hello", key="log:1")
        memory.forget(first.id)
        again = memory.record_message("hello", key="log:1")
        assert again.id != first.id
        assert memory.items() == [again]
