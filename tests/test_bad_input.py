"""Bad input through the library: each gets a typed error with cause and remedy, and changes nothing."""

import contextlib
import gzip
import math
import zipfile
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tacit
from tacit.changes import PutVectors
from tacit.errors import (
    ConfigurationError,
    Conflict,
    InvalidInput,
    NotFound,
    StorageError,
    TacitError,
    TooLarge,
)
from tacit.logic import limits
from tacit.memory import Memory
from tacit.types import Decision, Failure, Step, Success

LONE = "\ud800"
INJECTION = "x') OR '1'='1"


def deep(levels: int = 100_000) -> list[Any]:
    value: list[Any] = []
    for _ in range(levels):
        value = [value]
    return value


def vectors(matrix: np.ndarray, passages: int = 1) -> Callable[[Memory], object]:
    change = PutVectors(model="hashing:384", passages=tuple(range(4096, 4096 + passages)), matrix=matrix)
    return lambda memory: memory._backend.write(memory.namespace, [change])


def unit(dimension: int) -> np.ndarray:
    return np.full((1, dimension), 1 / math.sqrt(dimension), dtype=np.float32)


def drain(iterator: Any) -> list[Any]:
    return list(iterator)


def completed(memory: Memory) -> Any:
    return memory.resume_episode(memory.open_episodes()[0].id)


CASES: dict[str, tuple[type[TacitError], Callable[[Memory], object]]] = {
    "a task that is too long": (TooLarge, lambda m: m.episode("x" * (limits.DESCRIPTION + 1))),
    "an empty task": (InvalidInput, lambda m: m.episode("  \n")),
    "a task with NUL": (InvalidInput, lambda m: m.episode("fix\0it")),
    "a task with a lone surrogate": (InvalidInput, lambda m: m.episode(f"fix {LONE}")),
    "a task that is bytes": (InvalidInput, lambda m: m.episode(b"fix")),  # type: ignore[arg-type]
    "an unknown complexity": (InvalidInput, lambda m: m.episode("fix", complexity="hard")),  # type: ignore[arg-type]
    "an unknown field": (InvalidInput, lambda m: m.episode("fix", colour="red")),  # type: ignore[call-arg]
    "a step with an unknown result": (InvalidInput, lambda m: completed(m).step("bash", result="ok")),
    "a step whose observation is too long": (
        TooLarge,
        lambda m: completed(m).step("bash", observation="x" * (limits.OBSERVATION + 1)),
    ),
    "a step whose arguments are too large": (
        TooLarge,
        lambda m: completed(m).step("bash", arguments={"a": "x" * limits.ARGUMENTS_BYTES}),
    ),
    "arguments nested 100,000 deep": (InvalidInput, lambda m: completed(m).step("bash", arguments=deep())),
    "a latency that is NaN": (InvalidInput, lambda m: completed(m).step("bash", latency_ms=math.nan)),
    "a negative latency": (InvalidInput, lambda m: completed(m).step("bash", latency_ms=-1)),
    "tokens that are no whole number": (InvalidInput, lambda m: completed(m).step("bash", tokens=1.5)),
    "an outcome that is a text": (InvalidInput, lambda m: completed(m).complete("done")),
    "an artifact over 1 MB": (TooLarge, lambda m: completed(m).success("ok", ("x" * (limits.ARTIFACT_BYTES + 1),))),
    "an episode that was never started": (NotFound, lambda m: m.log_step("no-such-episode", "bash")),
    "completing what was never started": (NotFound, lambda m: m.complete_episode("nope", Success())),
    "a message over the bound": (TooLarge, lambda m: m.record_message("x" * (limits.TEXT + 1))),
    "an empty message": (InvalidInput, lambda m: m.record_message("")),
    "one bad message among good ones": (
        InvalidInput,
        lambda m: m.record_messages([("fine", "", {}), ("bad\0", "", {})]),
    ),
    "an empty question": (InvalidInput, lambda m: m.record_interaction("")),
    "metadata with a key that is no key": (InvalidInput, lambda m: m.record_fact("x", metadata={INJECTION: 1})),
    "metadata that is nested": (InvalidInput, lambda m: m.record_fact("x", metadata={"a": {"b": 1}})),
    "metadata with infinity": (InvalidInput, lambda m: m.record_fact("x", metadata={"a": math.inf})),
    "metadata with a huge number": (InvalidInput, lambda m: m.record_fact("x", metadata={"a": 2**70})),
    "too many tags": (TooLarge, lambda m: m.record_fact("x", tags=[str(n) for n in range(limits.TAGS + 1)])),
    "tags that are one text": (InvalidInput, lambda m: m.record_fact("x", tags="urgent")),
    "an unknown trust": (InvalidInput, lambda m: m.record_fact("x", trust="total")),  # type: ignore[arg-type]
    "a time that is none": (InvalidInput, lambda m: m.record_fact("x", at="yesterday")),
    "a time that is NaN": (InvalidInput, lambda m: m.record_fact("x", at=math.nan)),
    "a time beyond all years": (InvalidInput, lambda m: m.record_fact("x", at=1e18)),
    "a validity that ends before it begins": (
        InvalidInput,
        lambda m: m.record_fact("x", valid_from="2026-02-01", valid_to="2026-01-01"),
    ),
    "a preference that is NaN": (InvalidInput, lambda m: m.set_preference("k", math.nan)),
    "a preference nested 100,000 deep": (InvalidInput, lambda m: m.set_preference("k", deep())),
    "a preference over 1 MB": (TooLarge, lambda m: m.set_preference("k", "x" * (limits.VALUE_BYTES + 1))),
    "a preference that is a set": (InvalidInput, lambda m: m.set_preference("k", {1, 2})),
    "a decision whose reward is 2": (
        InvalidInput,
        lambda m: m.record_decision(Decision(agent_type="a", context="c", options=("x",), chosen="x", reward=2.0)),
    ),
    "the outcome of no decision": (NotFound, lambda m: m.update_decision("nope", "good", 1.0)),
    "an unknown kind of event": (InvalidInput, lambda m: m.record_learning_event("luck", "t")),  # type: ignore[arg-type]
    "a reward that is NaN": (InvalidInput, lambda m: m.record_learning_event("success", "t", reward=math.nan)),
    "an unknown kind of solution": (InvalidInput, lambda m: m.record_solution("magic", "c", "s")),  # type: ignore[arg-type]
    "an empty query": (InvalidInput, lambda m: m.recall(" ")),
    "a query over the bound": (TooLarge, lambda m: m.recall("x" * (limits.QUERY + 1))),
    "a query with a lone surrogate": (InvalidInput, lambda m: m.recall(f"what {LONE}")),
    "k of 0": (InvalidInput, lambda m: m.recall("x", k=0)),
    "k of a thousand million": (InvalidInput, lambda m: m.recall("x", k=10**9)),
    "k that is True": (InvalidInput, lambda m: m.recall("x", k=True)),
    "a filter key that is SQL": (InvalidInput, lambda m: m.recall("x", metadata={INJECTION: 1})),
    "a filter of an unknown kind": (InvalidInput, lambda m: m.recall("x", kinds=["secret"])),
    "a filter of an unknown field": (InvalidInput, lambda m: m.recall("x", owner="me")),  # type: ignore[call-arg]
    "a budget of 0": (InvalidInput, lambda m: m.context("x", budget=0)),
    "feedback on no recall": (NotFound, lambda m: m.feedback("nope", 1.0)),
    "a score of 2": (InvalidInput, lambda m: m.feedback(m.recalls()[0].id, 2.0)),
    "a score that is NaN": (InvalidInput, lambda m: m.feedback(m.recalls()[0].id, math.nan)),
    "feedback on an item instead of its id": (
        InvalidInput,
        lambda m: m.feedback(m.recalls()[0].id, 1.0, items=[m.items()[0]]),
    ),
    "feedback on what was not shown": (InvalidInput, lambda m: m.feedback(m.recalls()[0].id, 1.0, items=["x"])),
    "forgetting nothing in particular": (InvalidInput, lambda m: m.forget()),
    "getting an id that is no text": (InvalidInput, lambda m: m.get(f"{LONE}")),
    "forgetting an id with NUL": (InvalidInput, lambda m: m.forget("a\0b")),
    "patterns of a type that there is none of": (InvalidInput, lambda m: m.patterns(types=["magic"])),
    "types of patterns that are one text": (InvalidInput, lambda m: m.patterns(types="context")),
    "a page of patterns after nothing": (InvalidInput, lambda m: m.patterns(after="x")),
    "minus one pattern": (InvalidInput, lambda m: m.patterns(limit=-1)),
    "rules in an unknown state": (InvalidInput, lambda m: m.rules(states=["asleep"])),
    "states of rules that are one text": (InvalidInput, lambda m: m.rules(states="active")),
    "rules of an unknown type": (InvalidInput, lambda m: m.rules(types=["LAW"])),
    "as many rules as all": (InvalidInput, lambda m: m.rules(limit="all")),
    "an empty rule": (InvalidInput, lambda m: m.add_rule(" \n")),
    "a rule that is bytes": (InvalidInput, lambda m: m.add_rule(b"never push")),
    "a rule of an unknown type": (InvalidInput, lambda m: m.add_rule("never push", rule_type="LAW")),
    "a rule that is surer than sure": (InvalidInput, lambda m: m.add_rule("never push", confidence=1.1)),
    "a rule whose confidence is NaN": (InvalidInput, lambda m: m.add_rule("never push", confidence=math.nan)),
    "a rule that a page has told": (InvalidInput, lambda m: m.add_rule("never push", trust="low")),
    "a rule of a megabyte": (TooLarge, lambda m: m.add_rule("never push " * 100_000)),
    "a reply that is none": (InvalidInput, lambda m: m.apply_rules(None)),
    "a reply that is bytes": (InvalidInput, lambda m: m.apply_rules(b"[]")),
    "a reply of a dog": (InvalidInput, lambda m: m.apply_rules([], by="dog")),
    "a reply of unknown trust": (InvalidInput, lambda m: m.apply_rules([], trust="total")),
    "removing no rule": (InvalidInput, lambda m: m.remove_rule()),
    "removing a rule that is not there": (NotFound, lambda m: m.remove_rule("nope")),
    "removing the third rule": (InvalidInput, lambda m: m.remove_rule(3)),
    "restoring a rule that is not there": (NotFound, lambda m: m.restore_rule("nope")),
    "restoring what is no rule": (NotFound, lambda m: m.restore_rule(m.items(limit=1)[0].id)),
    "restoring for a reason that is no text": (InvalidInput, lambda m: m.restore_rule("nope", reason=3)),
    "rules from no file": (NotFound, lambda m: m.import_rules("no-such-file.txt")),
    "rules from an empty file": (InvalidInput, lambda m: m.import_rules("empty.jsonl")),
    "rules from a file of bytes": (InvalidInput, lambda m: m.import_rules("bomb.jsonl.gz")),
    "rules from a number": (InvalidInput, lambda m: m.import_rules(3)),
    "rules stale at once": (InvalidInput, lambda m: m.stale_rules(days=0)),
    "rules stale after True": (InvalidInput, lambda m: m.stale_rules(days=True)),
    "rules stale after a text": (InvalidInput, lambda m: m.stale_rules(days="90")),
    "the effect of a number": (InvalidInput, lambda m: m.effects(3)),
    "the effect of a lone surrogate": (InvalidInput, lambda m: m.effects(LONE)),
    "the effect of NUL": (InvalidInput, lambda m: m.effects("a\0b")),
    "why of what is not there": (NotFound, lambda m: m.why("nope")),
    "why of a number": (InvalidInput, lambda m: m.why(3)),
    "why of NUL": (InvalidInput, lambda m: m.why("a\0b")),
    "a playbook for nothing": (InvalidInput, lambda m: m.playbook(" ")),
    "a playbook for a number": (InvalidInput, lambda m: m.playbook(3)),
    "a playbook of an unknown field": (InvalidInput, lambda m: m.playbook("x", owner="me")),
    "a timeline of no stretches": (InvalidInput, lambda m: m.timeline(buckets=0)),
    "a timeline of a thousand million stretches": (InvalidInput, lambda m: m.timeline(buckets=10**9)),
    "a timeline of an unknown kind": (InvalidInput, lambda m: m.timeline(kinds=["secret"])),
    "fading without a limit": (InvalidInput, lambda m: m.fade()),
    "fading to minus one": (InvalidInput, lambda m: m.fade(max_items=-1)),
    "fading to one and a half": (InvalidInput, lambda m: m.fade(max_episodes=1.5)),
    "fading after NaN days": (InvalidInput, lambda m: m.fade(max_age_days=math.nan)),
    "fading after for ever": (InvalidInput, lambda m: m.fade(max_age_days=math.inf)),
    "fading an unknown kind": (InvalidInput, lambda m: m.fade(max_items=0, kinds=["secret"])),
    "fading kinds that are one text": (InvalidInput, lambda m: m.fade(max_items=0, kinds="fact")),
    "advice on a number": (InvalidInput, lambda m: m.advise(3)),
    "advice after steps that are texts": (InvalidInput, lambda m: m.advise("x", ["bash"])),
    "advice after a step whose tool is a number": (InvalidInput, lambda m: m.advise("x", [Step(tool=3)])),
    "advice on options that are one text": (InvalidInput, lambda m: m.advise("x", options="red")),
    "advice on a thousand and one options": (InvalidInput, lambda m: m.advise("x", options=["a"] * 1_001)),
    "advice in a domain that is a number": (InvalidInput, lambda m: m.advise("x", domain=3)),
    "383 dimensions": (InvalidInput, vectors(unit(383))),
    "a vector with NaN": (InvalidInput, vectors(np.full((1, 384), np.nan, dtype=np.float32))),
    "a vector that is too long": (InvalidInput, vectors(2 * unit(384))),
    "more vectors than passages": (InvalidInput, vectors(np.concatenate([unit(384)] * 2))),
    "an import of no file": (NotFound, lambda m: drain(m.import_file("no-such-file.jsonl"))),
    "an import of a folder": (InvalidInput, lambda m: drain(m.import_file("."))),
    "an import of an empty file": (InvalidInput, lambda m: drain(m.import_file("empty.jsonl"))),
    "an import of a zip bomb": (InvalidInput, lambda m: drain(m.import_file("bomb.zip"))),
    "an import of a gzip bomb": (InvalidInput, lambda m: drain(m.import_file("bomb.jsonl.gz"))),
    "an import of prose": (InvalidInput, lambda m: drain(m.import_file("prose.txt"))),
    "an export with a key that is there twice": (InvalidInput, lambda m: drain(m.import_file("twice.jsonl"))),
    "an export nested 100,000 deep": (InvalidInput, lambda m: drain(m.import_file("deep.jsonl"))),
    "indexing a file": (InvalidInput, lambda m: drain(m.index_folder("prose.txt"))),
    "indexing no folder": (NotFound, lambda m: drain(m.index_folder("no-such-folder"))),
    "a backup onto the database": (InvalidInput, lambda m: m.backup("agent.db", overwrite=True)),
    "a backup onto a folder": (InvalidInput, lambda m: m.backup(".")),
    "a backup into no folder": (NotFound, lambda m: m.backup("no/such/folder.db")),
    "a backup over a file that is there": (Conflict, lambda m: m.backup("prose.txt")),
    "restoring from nothing": (NotFound, lambda m: tacit.restore("no-such.db", "new.db")),
    "restoring prose": (StorageError, lambda m: tacit.restore("prose.txt", "new.db")),
    "restoring over a database without saying so": (Conflict, lambda m: tacit.restore("other.db", "agent.db")),
    "restoring over a database in use": (
        StorageError,
        lambda m: tacit.restore("other.db", "agent.db", overwrite=True),
    ),
    "restoring a database onto itself": (InvalidInput, lambda m: tacit.restore("agent.db", "agent.db")),
    "a namespace that climbs": (InvalidInput, lambda m: tacit.open("agent.db", namespace="../other")),
    "an empty namespace": (InvalidInput, lambda m: tacit.open("agent.db", namespace="")),
    "a namespace with SQL": (InvalidInput, lambda m: tacit.open("agent.db", namespace=INJECTION)),
    "a namespace of 300 characters": (InvalidInput, lambda m: tacit.open("agent.db", namespace="n" * 300)),
    "a database that is a folder": (InvalidInput, lambda m: tacit.open(".")),
    "a database in no folder": (InvalidInput, lambda m: tacit.open("no/such/folder.db")),
    "a database that is prose": (StorageError, lambda m: tacit.open("prose.txt")),
    "an unknown embedder": (ConfigurationError, lambda m: tacit.open("agent.db", embedder="magic")),
    "another embedder": (ConfigurationError, lambda m: tacit.open("agent.db", embedder="hashing:128")),
    "an unknown setting": (ConfigurationError, lambda m: tacit.open("agent.db", colour="red")),
    "a case of no question": (InvalidInput, lambda m: m.add_case("  ", ["x"])),
    "a case with NUL": (InvalidInput, lambda m: m.add_case("which\0port", ["x"])),
    "a case that is too long": (TooLarge, lambda m: m.add_case("x" * (limits.QUERY + 1), ["x"])),
    "a case of no answer": (InvalidInput, lambda m: m.add_case("which port", [])),
    "a case of an unknown item": (NotFound, lambda m: m.add_case("which port", ["nothing"])),
    "a case of SQL": (NotFound, lambda m: m.add_case("which port", [INJECTION])),
    "a grade of NaN": (InvalidInput, lambda m: m.add_case("which port", {m.items()[0].id: math.nan})),
    "a grade over one": (InvalidInput, lambda m: m.add_case("which port", {m.items()[0].id: 1.5})),
    "a case of k zero": (InvalidInput, lambda m: m.add_case("which port", [m.items()[0].id], k=0)),
    "a case with an unknown filter": (InvalidInput, lambda m: m.add_case("which port", ["x"], moods=["x"])),
    "a dial that there is none of": (InvalidInput, lambda m: m.set_policy({INJECTION: 1})),
    "a dial turned to a word": (InvalidInput, lambda m: m.set_policy({"candidates": "many"})),
    "a dial turned to half": (InvalidInput, lambda m: m.set_policy({"candidates": 0.5})),
    "a dial turned below nothing": (InvalidInput, lambda m: m.set_policy({"words": -0.1})),
    "a dial turned to NaN": (InvalidInput, lambda m: m.set_policy({"words": math.nan})),
    "a good dial and a bad one": (InvalidInput, lambda m: m.set_policy({"words": 0.5, "kept": math.inf})),
    "no proposals": (InvalidInput, lambda m: m.propose(most=0)),
    "proposals without end": (InvalidInput, lambda m: m.propose(most=10**9)),
    "trying an unknown improvement": (NotFound, lambda m: m.try_improvement(INJECTION)),
    "applying an unknown improvement": (NotFound, lambda m: m.apply_improvement("nothing")),
    "taking back an unknown improvement": (NotFound, lambda m: m.rollback("nothing")),
    "taking back nothing": (InvalidInput, lambda m: m.rollback()),
    "improving by no trials": (InvalidInput, lambda m: drain(m.improve(trials=0))),
    "improving by half a trial": (InvalidInput, lambda m: drain(m.improve(trials=0.5))),
    "improving a share of nothing": (InvalidInput, lambda m: drain(m.improve(share=0))),
    "improving a share of NaN": (InvalidInput, lambda m: drain(m.improve(share=math.nan))),
    "improving on no core": (InvalidInput, lambda m: drain(m.improve(side_by_side=0))),
    "improving with more than certainty": (InvalidInput, lambda m: drain(m.improve(least_confidence=1.1))),
    "improving by less than nothing": (InvalidInput, lambda m: drain(m.improve(least_change=-1))),
}


@pytest.fixture(scope="module")
def memory(tmp_path_factory):
    """One memory for all cases: a case that changed something would be seen by all that follow."""
    folder = tmp_path_factory.mktemp("bad")
    (folder / "empty.jsonl").touch()
    (folder / "prose.txt").write_text("There was once a file of prose.\n" * 100)
    with zipfile.ZipFile(folder / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("runs.jsonl", b"0" * 10_000_000)
    (folder / "bomb.jsonl.gz").write_bytes(gzip.compress(b"0" * 10_000_000))
    head = b'{"format": "tacit-export", "version": 1, "namespace": "x"}\n'
    (folder / "twice.jsonl").write_bytes(head + b'{"id": "a", "id": "b", "kind": "fact", "text": "t"}\n')
    (folder / "deep.jsonl").write_bytes(head + b"[" * 100_000 + b"]" * 100_000 + b"\n")
    with contextlib.chdir(folder), tacit.open("other.db", embedder="none"):
        pass
    with contextlib.chdir(folder), tacit.open("agent.db", embedder="hashing:384", worker=False) as memory:
        memory.record_fact("The API listens on port 8080", key="api/port")
        memory.add_rule("[CORE_RULE] Never push to the main branch")
        memory.episode("Build it").success()
        memory.add_rule("Build before you test")
        memory.remove_rule("Build before you test")
        memory.flush()
        memory.recall("which port")
        memory.start_episode("An episode that stays open")
        yield memory


def state(memory: Memory) -> tuple[Any, ...]:
    """Everything that a caller can see, but for sizes."""
    stats = memory.stats()
    counted = (stats.items, stats.superseded, stats.drafts, stats.vectors, stats.jobs, stats.feedback)
    loop = memory.standing(), memory.ledger(), memory.improvements(), memory.targets(), memory.cases()
    return list(memory.export()), counted, memory.open_episodes(), len(memory.recalls()), loop


@pytest.mark.parametrize("case", CASES)
def test_bad_input_gets_a_clear_error_and_changes_nothing(memory, case):
    expected, call = CASES[case]
    before = state(memory)
    with pytest.raises(expected) as raised:
        call(memory)
    error = raised.value
    assert error.what
    assert error.cause
    assert error.remedy
    assert len(str(error)) < 1_500, "an error does not repeat a megabyte of input"
    assert str(error).encode("utf-8"), "an error can be printed"
    assert state(memory) == before


@pytest.mark.parametrize(
    "query", ['"', "AND OR NOT", "a* NEAR(b, 2)", "text:port", "-port", "(", "^port", "'; DROP TABLE items; --", "{a}"]
)
def test_search_syntax_in_a_question_is_only_words(memory, query):
    before = memory.stats().items
    memory.recall(query)
    assert memory.stats().items == before


def test_the_thousand_and_first_step_is_refused_and_the_episode_can_be_completed(tmp_path):
    with tacit.open(tmp_path / "a.db", embedder="none") as memory:
        episode = memory.episode("A very long run")
        for number in range(limits.STEPS):
            episode.step("bash", arguments=str(number))
        with pytest.raises(TooLarge):
            episode.step("bash")
        assert len(episode.failure("too long").payload.steps) == limits.STEPS


def test_an_episode_is_completed_once(tmp_path):
    with tacit.open(tmp_path / "a.db", embedder="none") as memory:
        episode = memory.episode("Once")
        episode.success()
        for again in (lambda: episode.success(), lambda: episode.step("bash"), lambda: episode.complete(Failure())):
            with pytest.raises(Conflict):
                again()
        assert memory.stats().items == {"episode": 1}


def test_a_closed_memory_says_so(tmp_path):
    memory = tacit.open(tmp_path / "a.db", embedder="none")
    memory.close()
    memory.close()
    with pytest.raises(StorageError, match="closed"):
        memory.record_fact("too late")
