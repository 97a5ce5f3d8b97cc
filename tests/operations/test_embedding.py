"""Embedding and moving to another embedder: resumable, killable, and never two models in one answer."""

import subprocess
import sys
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

import tacit
from tacit.errors import ModelMismatch
from tacit.logic.passages import passage_id, passages
from tacit.memory import Memory
from tacit.models.hashing import HashingEmbedder
from tacit.operations import embedding
from tacit.testing.clock import FrozenClock
from tacit.testing.embedders import CountingEmbedder

NEW = "hashing:128"
KILLED = """
import os, signal, sys, tacit
from tacit.models.hashing import HashingEmbedder
memory = tacit.open(sys.argv[1], embedder="none", worker=False)
for number, progress in enumerate(memory.reembed(HashingEmbedder(128))):
    if number == 2:
        os.kill(os.getpid(), signal.SIGKILL)
"""


def opened(path: Path, embedder: str = "hashing:384") -> Memory:
    return tacit.open(path, embedder=embedder, worker=False, clock=FrozenClock())


def filled(path: Path, count: int = 300) -> None:
    with opened(path) as memory:
        memory.record_messages([(f"number {number} of the builds", "user", {}) for number in range(count)])
        assert memory.flush()


def test_another_embedder_is_refused_by_both_names_and_the_command_that_moves(tmp_path: Path):
    filled(tmp_path / "a.db", 3)
    with pytest.raises(ModelMismatch) as refused:
        opened(tmp_path / "a.db", NEW)
    told = str(refused.value)
    assert "hashing:384" in told
    assert f"tacit reembed --embedder {NEW}" in told
    with opened(tmp_path / "a.db") as memory:
        assert len(memory.recall("number 2").results) == 3


def test_each_namespace_has_an_embedder_of_its_own(tmp_path: Path):
    filled(tmp_path / "a.db", 3)
    with tacit.open(tmp_path / "a.db", namespace="other", embedder=NEW, worker=False) as other:
        other.record_fact("an owl")
        assert other.flush()
        assert other.stats().vectors == {NEW: 1}


def test_until_all_is_moved_the_old_vectors_answer(tmp_path: Path):
    filled(tmp_path / "a.db")
    with opened(tmp_path / "a.db") as memory:
        before = [one.item.id for one in memory.recall("builds of number 7").results]
        moving = memory.reembed(HashingEmbedder(128))
        assert [(at.done, at.total) for at in islice(moving, 2)] == [(0, 300), (128, 300)]
        moving.close()  # type: ignore[attr-defined]
        assert memory.stats().vectors == {"hashing:384": 300, NEW: 128}
        assert [one.item.id for one in memory.recall("builds of number 7").results] == before
        with pytest.raises(ModelMismatch):
            opened(tmp_path / "a.db", NEW)


def test_moving_that_was_killed_goes_on_where_it_was(tmp_path: Path):
    filled(tmp_path / "a.db")
    killed = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path / "a.db")], check=False)
    assert killed.returncode == -9
    counting = CountingEmbedder(HashingEmbedder(128))
    with opened(tmp_path / "a.db", "none") as memory:
        assert memory.stats().vectors == {"hashing:384": 300, NEW: 256}
        first, *_, last = memory.reembed(counting)
        assert (first.done, first.total, first.embedder) == (256, 300, NEW)
        assert (last.done, last.total) == (300, 300)
        assert len(counting.asked) == 44, "what was done is not done again"
        assert memory.stats().vectors == {NEW: 300}
    with opened(tmp_path / "a.db", NEW) as memory:
        assert memory.recall("number 7 of the builds").results[0].item.text == "number 7 of the builds"
        assert [problem for *_, problem in memory.check() if problem] == []


def test_what_is_recorded_while_moving_is_moved_as_well(tmp_path: Path):
    filled(tmp_path / "a.db", 200)
    with opened(tmp_path / "a.db") as memory:
        moving = memory.reembed(HashingEmbedder(128))
        next(moving)
        memory.record_message("recorded meanwhile")
        assert list(moving)
        assert memory.stats().vectors == {NEW: 201}
    with opened(tmp_path / "a.db", NEW) as memory:
        assert memory.flush()
        assert memory.unembedded() == 0


def test_a_short_message_carries_what_was_said_before_it(tmp_path: Path):
    with opened(tmp_path / "a.db") as memory:
        memory.record_message("How tall is the lighthouse?", session="s")
        memory.record_message("Forty metres.", session="s")
        memory.record_message("Forty metres.", session="t")
        memory.flush()
        cosines = {one.item.session: one.why.cosine for one in memory.recall("lighthouse tall", k=3).results[1:]}
        assert cosines["s"] > 0.2 > abs(cosines["t"])


def test_texts_are_embedded_once_although_many_carry_them(tmp_path: Path):
    counting = CountingEmbedder()
    with opened(tmp_path / "a.db", "none") as memory:
        memory.record_messages([(f"message {number}", "user", {"session": "s"}) for number in range(100)])
        for _ in memory.reembed(counting):
            pass
    assert sorted(counting.asked) == sorted(("document", f"message {number}") for number in range(100))


def test_a_long_item_has_a_vector_for_each_passage(tmp_path: Path):
    with opened(tmp_path / "a.db") as memory:
        item = memory.record_message(
            "\n".join(f"Line {number} of many that say a little. " * 5 for number in range(20))
        )
        memory.flush()
        pieces = passages(item.text)
        rows = memory._backend.vectors(
            memory.namespace, "hashing:384", [passage_id(item.sequence, n) for n in range(len(pieces))]
        )
        assert len(pieces) > 5
        np.testing.assert_allclose(rows, HashingEmbedder(384).embed(pieces, "document"), atol=1e-3)
        assert memory.unembedded() == 0


def test_the_handler_refuses_to_mix_models(tmp_path: Path):
    filled(tmp_path / "a.db", 3)
    with opened(tmp_path / "a.db") as memory:
        memory.record_message("one more")
        handler = embedding.embed_handler(memory._backend, HashingEmbedder(128))
        with pytest.raises(ModelMismatch):
            next(handler(memory.namespace, []))
        assert memory.stats().vectors == {"hashing:384": 3}
