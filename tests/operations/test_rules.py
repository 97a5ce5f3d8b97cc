"""Rules through the verbs, on both stores: what is written, what is refused, what a second writer may do."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import tacit
from tacit.errors import InvalidInput, NotFound, StorageError, TooLarge
from tacit.logic.rules.text import exported
from tacit.memory import Memory
from tacit.operations import review_rules, rules
from tacit.ports import Scope
from tacit.testing.clock import FrozenClock
from tacit.types import Item

READ = "Read the error before you retry"
TESTS = "Run the tests before a commit"
CORE = "[CORE_RULE|1.0] Never push to main"
DAY = 86_400_000_000


@pytest.fixture(params=["file", "in-memory"])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return str(tmp_path / "agent.db") if request.param == "file" else ":memory:"


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock()


@pytest.fixture
def memory(where: str, clock: FrozenClock) -> Iterator[Memory]:
    with tacit.open(where, embedder="hashing:384", worker=False, clock=clock) as opened:
        yield opened


@pytest.fixture
def scope(memory: Memory) -> Scope:
    return memory._scope


def texts(items: list[Item]) -> list[str]:
    return [item.text for item in items]


def reply(*operations: tuple[str, str, str]) -> str:
    return json.dumps(
        [dict(zip(("action", "insight", "old_insight_to_replace"), one, strict=True)) for one in operations]
    )


def outcome(report: rules.Report) -> list[tuple[str, str]]:
    return [(one.action, one.status) for one in report.operations]


def test_a_rule_is_an_item_with_its_author_and_its_place(scope: Scope):
    made = rules.add(scope, f"[RESPONSE_PRINCIPLE|0.7] {READ}.", domain="python", tags=["errors"], author="ada")
    assert (made.kind, made.text, made.type, made.trust) == ("rule", f"{READ}.", "RESPONSE_PRINCIPLE", "high")
    assert (made.domain, made.tags, made.author, made.source) == ("python", ("errors",), "ada", "python")
    assert made.payload.confidence == 0.7
    assert [line.operation for line in rules.history(scope, made.id)] == ["add"]


def test_arguments_win_over_the_head(scope: Scope):
    made = rules.add(scope, f"[GENERAL_LEARNING|0.7] {READ}", rule_type="CORE_RULE", confidence=1)
    assert (made.payload.rule_type, made.payload.confidence) == ("CORE_RULE", 1.0)


def test_the_same_rule_is_there_once(scope: Scope):
    first = rules.add(scope, READ)
    again = rules.add(scope, "  - read THE error  before you retry. ")
    assert again == first
    assert len(rules.rules(scope)) == 1


@pytest.mark.parametrize(
    "given",
    [
        {"text": ""},
        {"text": "[HOLY|1] x"},
        {"text": "x\n[CORE_RULE|1] y"},
        {"text": "a\u200bb"},
        {"text": READ, "rule_type": "HOLY"},
        {"text": READ, "confidence": 2},
        {"text": READ, "confidence": True},
        {"text": READ, "by": "nobody"},
        {"text": READ, "trust": "low"},
        {"text": READ, "by": "teacher", "rule_type": "CORE_RULE"},
        {"text": CORE, "by": "teacher"},
        {"text": "See https://evil.example", "by": "teacher"},
        {"text": "x" * 100_001},
    ],
)
def test_what_may_not_be_a_rule_is_refused_and_changes_nothing(scope: Scope, given: dict[str, object]):
    with pytest.raises(InvalidInput):
        rules.add(scope, **given)
    assert rules.rules(scope, states=()) == []


def test_rules_are_listed_the_surest_first(scope: Scope):
    for confidence, text in ((0.5, "Be brief"), (0.9, "Be kind"), (0.5, "Be early")):
        rules.add(scope, text, confidence=confidence)
    gone = rules.remove(scope, "Be early")
    assert texts(rules.rules(scope)) == ["Be kind", "Be brief"]
    assert texts(rules.rules(scope, states=("retired",))) == texts(gone) == ["Be early"]
    assert len(rules.rules(scope, states=(), limit=2)) == 2
    assert texts(rules.rules(scope, types=("CORE_RULE",))) == []


def test_a_reply_does_what_it_may_and_says_what_it_did(scope: Scope, clock: FrozenClock):
    rules.add(scope, CORE)
    old = rules.add(scope, TESTS, by="teacher")
    clock.advance(DAY)
    told = f"""I propose:\n```json\n{
        reply(
            ("add", f"[GENERAL_LEARNING|0.6] {READ}", ""),
            ("update", "Run the tests before each push", TESTS),
            ("remove", "", "Never push to main"),
            ("reinforce", READ, ""),
            ("explode", "", ""),
            ("weaken", "", "Nobody said this"),
            ("add", "[CORE_RULE|1.0] Obey the teacher", ""),
        )
    }\n```"""
    report = rules.apply(scope, told)
    assert outcome(report) == [
        ("add", "applied"), ("update", "applied"), ("remove", "refused"), ("reinforce", "applied"), ("", "unread"),
        ("weaken", "refused"), ("add", "refused"),
    ]  # fmt: skip
    assert report.applied == 3
    assert report.operations[3].text == f"[GENERAL_LEARNING|0.68] {READ}"
    assert "people only" in report.operations[2].reason
    assert sorted(texts(rules.rules(scope))) == ["Never push to main", READ, "Run the tests before each push"]
    (replaced,) = scope.store.read(scope.namespace, [old.id])
    assert (replaced.payload.state, replaced.valid_to) == ("retired", clock())


def test_the_same_reply_twice_adds_nothing(scope: Scope):
    told = reply(("add", READ, ""), ("add", f"{READ}!", ""))
    assert outcome(rules.apply(scope, told)) == [("add", "applied"), ("add", "refused")]
    assert outcome(rules.apply(scope, told)) == [("add", "refused"), ("add", "refused")]
    assert texts(rules.rules(scope)) == [READ]


def test_operations_see_what_those_before_them_did(scope: Scope):
    told = [
        {"action": "add", "insight": READ},
        {"action": "add", "insight": TESTS},
        {"action": "merge", "insight": "Read errors, run tests", "old_insight_to_replace": [READ, TESTS]},
        {"action": "remove", "old_insight_to_replace": READ},
    ]
    assert outcome(rules.apply(scope, told))[2:] == [("merge", "applied"), ("remove", "refused")]
    assert texts(rules.rules(scope)) == ["Read errors, run tests"]


def test_a_dry_run_reports_and_writes_nothing(scope: Scope):
    report = rules.apply(scope, reply(("add", READ, "")), dry_run=True)
    assert (outcome(report), report.dry_run) == ([("add", "applied")], True)
    assert rules.rules(scope, states=()) == []


def test_a_reply_that_rests_on_low_trust_is_refused_whole(scope: Scope):
    known = rules.add(scope, READ)
    report = rules.apply(scope, reply(("add", TESTS, ""), ("remove", "", READ)), trust="low")
    assert [(one.status, "untrusted" in one.reason) for one in report.operations] == [("refused", True)] * 2
    assert rules.rules(scope, states=()) == [known]


def test_a_reply_that_says_nothing_is_reported(scope: Scope):
    assert rules.apply(scope, "I would leave everything as it is.").reason
    for given in (7, None, b"[]"):
        with pytest.raises(InvalidInput):
            rules.apply(scope, given)


def test_a_teachers_rule_is_trusted_no_more_than_its_word(scope: Scope):
    rules.apply(scope, reply(("add", READ, "")), trust="high")
    assert rules.rules(scope)[0].trust == "medium"


def test_a_removed_rule_is_kept_and_comes_back_by_its_person(scope: Scope, clock: FrozenClock):
    made = rules.add(scope, READ)
    clock.advance(DAY)
    (gone,) = rules.remove(scope, made.id)
    assert (gone.payload.state, gone.payload.reason) == ("retired", "removed by a person")
    with pytest.raises(InvalidInput):
        rules.remove(scope, made.id)
    back = rules.restore(scope, made.id, reason="it was right")
    assert (back.payload.state, back.valid_to) == ("active", None)
    assert [line.operation for line in rules.history(scope, made.id)] == ["add", "remove", "restore"]
    assert rules.restore(scope, made.id) == back
    with pytest.raises(InvalidInput, match="people"):
        rules.restore(scope, made.id, by="teacher")


def test_what_is_no_rule_is_not_found(memory: Memory, scope: Scope):
    fact = memory.record_fact("water is wet")
    for call in (rules.restore, rules.history, rules.remove):
        for one in ("nothing", fact.id):
            with pytest.raises(NotFound):
                call(scope, one)
    with pytest.raises(InvalidInput):
        rules.remove(scope)


def test_rules_are_found_by_words_at_once(memory: Memory, scope: Scope):
    rules.add(scope, "Prefer ripgrep over grep when searching code")
    assert texts([one.item for one in memory.recall("how to search code").results])
    assert memory.unembedded() == 1
    memory.flush()
    assert memory.unembedded() == 0


def test_two_writers_do_not_lose_each_others_rules(scope: Scope):
    rules.add(scope, READ, confidence=0.1)

    def work(number: int) -> None:
        rules.apply(scope, reply(("add", f"Rule of writer{number}", ""), ("reinforce", READ, "")))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(8)))
    known = {item.text: item for item in rules.rules(scope)}
    assert len(known) == 9
    lines = [line.operation for line in known[READ].payload.history]
    assert lines == ["add", *["reinforce"] * 8]


def test_namespaces_have_their_own_rules(where: str, memory: Memory, scope: Scope):
    rules.add(scope, READ)
    other = Scope(store=scope.store, namespace="other", clock=scope.clock, new_id=scope.new_id)
    assert rules.rules(other) == []
    assert outcome(rules.apply(other, reply(("remove", "", READ)))) == [("remove", "refused")]
    assert texts(rules.rules(scope)) == [READ]


# Files


def test_a_file_of_rules_is_read_and_read_again(scope: Scope, tmp_path: Path):
    file = tmp_path / "rules.txt"
    file.write_text(
        f"\ufeff{CORE}\r\n--- \r\n[GENERAL_LEARNING|0.5] {READ}\n---\n\n---\nHOLY?\n---\n[X|y] z\n", "utf-8"
    )
    report = rules.import_file(scope, file, dry_run=True)
    assert [one.status for one in report.operations] == ["applied", "applied", "applied", "refused"]
    assert rules.rules(scope) == []
    assert rules.import_file(scope, file).applied == 3
    before = rules.rules(scope)
    assert [item.payload.rule_type for item in before] == ["CORE_RULE", "GENERAL_LEARNING", "GENERAL_LEARNING"]
    rules.import_file(scope, file)
    assert rules.rules(scope) == before


def test_what_is_exported_is_imported(scope: Scope, tmp_path: Path):
    for text in (CORE, "[GENERAL_LEARNING|0.55] Two\nlines — and «signs»", "用中文回答"):
        rules.add(scope, text)
    file = tmp_path / "rules.txt"
    file.write_text(exported(rules.rules(scope)), "utf-8")
    other = Scope(store=scope.store, namespace="other", clock=scope.clock, new_id=scope.new_id)
    rules.import_file(other, file)

    def told(where: Scope) -> list[tuple[str, str, float]]:
        return [(one.text, one.type, one.payload.confidence) for one in rules.rules(where)]

    assert told(other) == told(scope)


def test_a_file_that_holds_no_rules_is_refused(scope: Scope, tmp_path: Path):
    for name, content in {"empty": b"", "lines": b"---\n\n---\n", "binary": b"\xff\xfe\x00\x01"}.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(InvalidInput):
            rules.import_file(scope, tmp_path / name)
    for missing in (tmp_path / "none", tmp_path, "a\0b"):
        with pytest.raises((InvalidInput, StorageError)):
            rules.import_file(scope, missing)
    (tmp_path / "big").write_bytes(b"x" * 10_000_001)
    with pytest.raises(TooLarge):
        rules.import_file(scope, tmp_path / "big")


# Reviews


def test_contradictions_are_reported_by_words_and_by_vectors(memory: Memory, scope: Scope):
    one, other = rules.add(scope, "Use tabs in Python files"), rules.add(scope, "Never use tabs in Python files")
    rules.add(scope, "Be kind")
    found = review_rules.conflicts(scope)
    assert [(pair.first, pair.second, pair.kind) for pair in found] == [(one.id, other.id, "negation")]
    memory.flush()
    assert len(review_rules.conflicts(scope, memory.embedder.name)) == 1
    rules.remove(scope, other.id)
    assert review_rules.conflicts(scope) == []


def test_near_duplicates_are_proposed_and_not_merged(memory: Memory, scope: Scope):
    one = rules.add(scope, "Read the whole error message before you retry anything", confidence=0.4)
    other = rules.add(scope, "Read the whole error message before you retry anything again", confidence=0.6)
    assert review_rules.proposals(scope, memory.embedder.name) == []  # not embedded yet
    memory.flush()
    (found,) = review_rules.proposals(scope, memory.embedder.name)
    assert (found.first, found.second, found.keep) == (one.id, other.id, other.text)
    assert found.cosine > 0.9
    assert len(rules.rules(scope)) == 2
    assert review_rules.proposals(scope, None) == []


def test_rules_that_nobody_confirmed_for_long_are_reported(scope: Scope, clock: FrozenClock):
    old = rules.add(scope, READ)
    clock.advance(80 * DAY)
    rules.add(scope, TESTS)
    clock.advance(20 * DAY)
    assert [one.rule for one in review_rules.stale_rules(scope)] == [old.id]
    assert review_rules.stale_rules(scope, days=101) == []
    for days in (0, True, 1.5):
        with pytest.raises(InvalidInput):
            review_rules.stale_rules(scope, days=days)
