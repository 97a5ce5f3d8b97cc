"""Recall through the facade: what is found, in which order, why, and what is said where nothing is known."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tacit
from tacit.clock import new_id
from tacit.errors import InvalidInput, NotFound
from tacit.memory import Memory
from tacit.operations.recall import Models
from tacit.ports import Scope
from tacit.stores.sqlite import SqliteStore
from tacit.testing.clock import FrozenClock
from tacit.testing.embedders import FlakyEmbedder, HashingEmbedder

DAY = 86_400_000_000


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock()


@pytest.fixture(params=["file", "in-memory"])
def memory(request: pytest.FixtureRequest, tmp_path: Path, clock: FrozenClock) -> Iterator[Memory]:
    where = tmp_path / "agent.db" if request.param == "file" else ":memory:"
    with tacit.open(where, embedder="hashing:384", worker=False, clock=clock) as opened:
        yield opened


@pytest.fixture(params=["file", "in-memory"])
def words(request: pytest.FixtureRequest, tmp_path: Path, clock: FrozenClock) -> Iterator[Memory]:
    """A memory that finds by words alone."""
    where = tmp_path / "agent.db" if request.param == "file" else ":memory:"
    with tacit.open(where, embedder="none", worker=False, clock=clock) as opened:
        yield opened


def texts(memory: Memory, query: str, **asked: Any) -> list[str]:
    return [one.item.text for one in memory.recall(query, **asked).results]


# What is found


@pytest.mark.parametrize(
    ("script", "question", "answer", "other"),
    [
        ("Chinese", "北京的天气", "今天北京天气很好，我们去公园", "昨天上海下了大雨"),
        ("Japanese", "東京タワー", "昨日は東京タワーに登りました", "京都のお寺は静かでした"),
        ("Korean", "서버 오류", "배포 후에 서버에서 오류가 났다", "점심은 김치찌개였다"),
        ("Thai", "ฐานข้อมูล", "เราย้ายฐานข้อมูลไปเครื่องใหม่", "วันนี้อากาศดีมาก"),
        ("Russian", "ошибка сервера", "После выкладки сервера была ошибка", "На обед был суп"),
        ("accented", "resume", "Her résumé lists five years of Rust", "The weather was fine"),
    ],
)
def test_every_script_is_found_by_words_alone(words: Memory, script: str, question: str, answer: str, other: str):
    words.record_message(other)
    words.record_message(answer)
    assert texts(words, question)[0] == answer


def test_an_identifier_is_found_by_itself_and_by_its_parts(words: Memory):
    words.record_message("getUserName raised in parse_config")
    words.record_message("nothing of interest")
    for question in ("getUserName", "get_user_name", "user name", "parse config", "PARSE_CONFIG"):
        assert texts(words, question, k=1) == ["getUserName raised in parse_config"]


@pytest.mark.parametrize("query", ['"', "a AND", "x NEAR y", "col:x", "(", "^x*", "'; DROP TABLE items; --", "-", "🙂"])
def test_syntax_of_the_index_is_nothing_special_in_a_question(words: Memory, query: str):
    words.record_message("x and y and col and drop table items")
    assert isinstance(texts(words, query), list)
    assert words.stats().items == {"message": 1}


def test_an_exact_match_comes_first_whatever_else_speaks_for_others(memory: Memory, clock: FrozenClock):
    memory.record_message("restart the billing server")
    clock.advance(400 * DAY)
    for number in range(20):
        memory.record_message(f"restart the billing server and the billing server again, number {number}", domain="ops")
    memory.flush()
    found = texts(memory, "Restart  the billing server", hints={"domain": "ops"})
    assert found[0] == "restart the billing server"


def test_meaning_and_words_are_both_found_and_say_so(memory: Memory):
    memory.record_message("the databases were migrated")
    memory.record_message("a text about something else")
    by_words = memory.recall("database migration").results[0].why
    assert (by_words.cosine, by_words.words) == (None, ("databas", "migrat"))
    assert by_words.lexical is not None
    memory.flush()
    by_both = memory.recall("database migration").results[0]
    assert by_both.item.text == "the databases were migrated"
    assert by_both.why.cosine is not None
    assert by_both.score == pytest.approx(by_both.why.relevance + by_both.why.recency + 0.2 * by_both.why.relevance)


def test_what_was_recorded_last_is_found_at_once_by_words_and_after_a_flush_by_meaning(memory: Memory):
    memory.record_message("migration")
    assert texts(memory, "migrations") == ["migration"]
    assert (texts(memory, "migratory"), memory.unembedded()) == ([], 1)
    assert memory.flush()
    assert memory.unembedded() == 0
    assert texts(memory, "migratory") == ["migration"]


def test_filters_restrict_and_restrict_together(words: Memory):
    words.record_message("the port is open", session="s1", author="Ada", tags=["a", "b"], metadata={"n": 1})
    words.record_fact("the port is closed", domain="net", language="en", tags=["a"], at="2024-01-01")
    words.record_learning_event("failure", "the port is stuck", source="tests")
    for where, count in [
        ({"kinds": ["message", "fact"]}, 2),
        ({"kinds": ["message"], "sessions": ["s1"], "authors": ["Ada"]}, 1),
        ({"tags": ["a"]}, 2),
        ({"tags": ["a", "b"]}, 1),
        ({"metadata": {"n": 1}}, 1),
        ({"metadata": {"n": "1"}}, 0),
        ({"domains": ["net"], "languages": ["en"]}, 1),
        ({"types": ["failure"], "sources": ["tests"]}, 1),
        ({"since": "2024-01-01"}, 1),
        ({"until": "2024-01-01"}, 2),
        ({"sessions": ["s1"], "kinds": ["fact"]}, 0),
    ]:
        assert len(texts(words, "which port", **where)) == count, where


# In which order


def test_the_situation_of_the_asker_lifts_what_agrees_and_leaves_nothing_out(memory: Memory):
    memory.record_message("run the linter first", language="python")
    memory.record_message("run the linter first!", language="rust", domain="kernel", tags=["ci"])
    for language in ("rust", "python"):
        found = memory.recall("run linter", hints={"language": language}).results
        assert found[0].item.language == language
        assert len(found) == 2
    best = memory.recall("run linter", hints={"language": "rust", "domain": "kernel", "tags": ["ci", "x"]}).results[0]
    assert best.why.situation == pytest.approx(0.09)


def test_newer_of_equals_comes_first_and_age_never_cuts_off(memory: Memory, clock: FrozenClock):
    memory.record_message("the deploy is green", session="a")
    clock.advance(10_000 * DAY)
    memory.record_message("the deploy is green", session="b")
    found = memory.recall("is the deploy green").results
    assert [one.item.session for one in found] == ["b", "a"]
    assert found[0].why.recency == pytest.approx(0.02)
    assert found[1].why.recency == pytest.approx(0.0, abs=1e-6)


def test_a_newer_figure_of_the_same_matter_passes_the_older_one(memory: Memory):
    memory.record_message("My daily commute takes 35 minutes", author="Ada")
    memory.record_message("My daily commute now takes 50 minutes", author="Ada")
    memory.record_message("My daily commute takes 20 minutes", author="Grace")
    memory.flush()
    found = memory.recall("How long does the daily commute of Ada take?").results
    assert [one.item.text for one in found[:2]] == [
        "Ada: My daily commute now takes 50 minutes",
        "Ada: My daily commute takes 35 minutes",
    ]
    assert found[0].why.supersedes == (found[1].item.id,)
    assert found[1].why.superseded


def test_what_was_said_at_a_time_that_the_question_names_is_found_without_a_common_word(memory: Memory):
    for number in range(130):
        memory.record_message(
            f"the build number {number} stood there", at=f"2022-0{1 + number % 8}-03", session="other"
        )
    memory.record_message("everything is shipped", at="2022-11-09T18:00:00Z", session="then")
    memory.flush()
    best = memory.recall("which build did Grace sign for her best customers on 9 November, 2022", best_sessions=2)
    assert best.results[0].item.session == "then"
    assert best.results[0].why.dated == pytest.approx(0.3)
    assert best.sessions[0].session == "then"
    assert "then" not in [
        one.item.session for one in memory.recall("which build did Grace sign for her best customers").results
    ]
    outside = memory.recall(
        "which build did Grace sign for her best customers on 9 November, 2022", until="2022-10-01"
    ).results
    assert outside
    assert all(one.item.session == "other" for one in outside), "the filter holds"


def test_who_asks_of_an_earlier_time_gets_what_was_said_then(memory: Memory):
    memory.record_message("The daily commute takes 35 minutes", author="Ada", at="2023-03-01")
    memory.record_message("The daily commute now takes 50 minutes", author="Ada", at="2023-09-01")
    memory.flush()
    assert "50" in texts(memory, "How long does the daily commute of Ada take?")[0]
    assert "35" in texts(memory, "How long did the daily commute of Ada take in March 2023?")[0]


def test_sessions_are_told_best_first_when_they_are_asked_for(memory: Memory):
    memory.record_message("We pitched the tent by the lake", session="camping")
    memory.record_message("The lake was cold but the tent stayed dry", session="camping")
    memory.record_message("The tent is in the shop window", session="shopping")
    memory.record_message("A tent without a session")
    memory.flush()
    answer = memory.recall("tent by the lake", best_sessions=5)
    assert [one.session for one in answer.sessions] == ["camping", "shopping"]
    assert len(answer.sessions[0].items) == 2
    assert {one.item.id for one in answer.results} >= set(answer.sessions[0].items)
    assert len(memory.recall("tent by the lake", best_sessions=1).sessions) == 1
    assert memory.recall("tent by the lake").sessions == ()
    assert memory.recall("tent", best_sessions=5, sessions=["shopping"]).sessions[0].session == "shopping"


@pytest.mark.parametrize("wrong", [-1, 1_001, True, 1.5, "3"])
def test_a_number_of_sessions_out_of_bounds_is_refused(memory: Memory, wrong: Any):
    with pytest.raises(InvalidInput):
        memory.recall("anything", best_sessions=wrong)


def test_k_bounds_the_answer_and_the_order_does_not_depend_on_it(memory: Memory):
    for number in range(30):
        memory.record_message(f"build number {number} of the wheel is done")
    memory.flush()
    whole = texts(memory, "build of the wheel", k=30)
    assert len(whole) == 30
    assert texts(memory, "build of the wheel", k=7) == whole[:7]


def test_equal_questions_get_equal_answers(memory: Memory):
    for number in range(20):
        memory.record_message(f"build {number % 4} is done")
    memory.flush()
    first, second = (memory.recall("which build is done", k=20) for _ in range(2))
    assert first.results == second.results
    assert first.id != second.id


# Where nothing is known


def test_a_foreign_question_is_little_known_and_an_own_one_well(words: Memory):
    for text in ("The API listens on port 9090", "The wheel is built by hatch", "Ada owns the billing service"):
        words.record_fact(text)
    own, foreign = words.recall("Which port does the API listen on?"), words.recall("How do I grill a trout with port?")
    assert own.known > 0.9 > 0.5 > foreign.known
    assert (own.abstained, own.reason) == (False, words.recall("hatch").reason)
    assert words.recall("What is the capital of Mongolia?").abstained


def test_the_pack_of_a_foreign_question_is_empty_and_says_why(words: Memory):
    for number in range(40):
        words.record_fact(f"The API number {number} listens on some port of the owls")
    asked = words.recall("Why do owls migrate over mountains, rivers, deserts, glaciers?")
    assert asked.abstained
    assert asked.results, "the nearest there is can still be looked at"
    pack = words.context("Why do owls migrate over mountains, rivers, deserts, glaciers?")
    assert (pack.text, pack.entries, pack.tokens) == ("", (), 0)
    assert pack.reason.startswith("nothing relevant is known")
    assert pack.known == asked.known


def test_an_empty_answer_says_why_it_is_empty(words: Memory):
    assert words.recall("port").reason.startswith("namespace default is empty: nothing has been recorded in it")
    words.record_fact("The API listens on port 9090")
    assert words.recall("port", kinds=["message"]).reason.startswith("the filter leaves nothing over")
    assert words.recall("owls").reason.startswith("no item shares a word or a meaning with the question")
    for query in ("port", "owls"):
        answer = words.recall(query, kinds=["message"])
        assert (answer.results, answer.known, answer.abstained) == ((), 0.0, True)


def test_without_an_embedder_the_answer_says_that_words_alone_were_searched(words: Memory):
    words.record_fact("The API listens on port 9090")
    assert words.recall("port").reason == "words only: no embedder is configured"


def memory_with(path: Path, models: Models) -> Memory:
    clock = FrozenClock()
    store = SqliteStore(path, clock=clock)
    scope = Scope(store=store, namespace="default", clock=clock, new_id=new_id)
    return Memory(store, scope, models, file=store, background=False)


def test_a_dead_embedder_costs_quality_and_not_the_answer(tmp_path: Path):
    flaky = FlakyEmbedder(HashingEmbedder(384), failures=2)
    with memory_with(tmp_path / "agent.db", Models(embedder=flaky)) as memory:
        memory.record_fact("The API listens on port 9090")
        assert not memory.flush(timeout=1)
        (job,) = memory.jobs()
        assert (job.state, job.attempts) == ("queued", 1)
        assert "did not embed" in job.error
        answer = memory.recall("which port")
        assert [one.item.text for one in answer.results] == ["The API listens on port 9090"]
        assert answer.reason.startswith("searched by words alone: hashing:384 did not embed")
        memory._scope.clock.advance(2_000_000)  # type: ignore[attr-defined]
        assert memory.flush()
        assert [(job.state, job.attempts) for job in memory.jobs()] == [("done", 2)]
        assert memory.recall("which port").reason == ""


class Rereader:
    """Prefers what is short; fails when told to."""

    name = "test:shortest"
    failing = False

    def score(self, query: str, found: Any) -> np.ndarray:
        if self.failing:
            raise tacit.errors.ModelError("the reranker did not answer", cause="it was told so", remedy="ask again")
        return np.array([10.0 - len(text) for text in found], dtype=np.float32)


def test_a_reranker_reorders_the_first_few_and_one_that_fails_leaves_the_order(tmp_path: Path):
    rereader = Rereader()
    with memory_with(tmp_path / "agent.db", Models(reranker=rereader)) as memory:
        memory.record_fact("the port of the API is 9090, the port")
        memory.record_fact("the port is 7")
        before = texts(memory, "the port of the API")
        assert before[0] == "the port of the API is 9090, the port"
        best = memory.recall("the port of the API").results
        assert {one.why.reranker for one in best} == {10.0 - len(one.item.text) for one in best}
        rereader.failing = True
        answer = memory.recall("the port of the API")
        assert answer.reason.startswith("not reranked")
        assert all(one.why.reranker is None for one in answer.results)


def test_a_reranker_reads_an_extract_of_each_session_and_one_that_fails_leaves_their_order(tmp_path: Path):
    rereader = Rereader()
    with memory_with(tmp_path / "agent.db", Models(reader=rereader)) as memory:
        memory.record_message("the port of the API is 9090", session="long")
        memory.record_message("and the port is open", session="long")
        memory.record_message("a port", session="short")
        asked = memory.recall("the port of the API", best_sessions=2)
        assert [one.session for one in asked.sessions] == ["short", "long"]
        rereader.failing = True
        asked = memory.recall("the port of the API", best_sessions=2)
        assert [one.session for one in asked.sessions] == ["long", "short"]
        assert asked.reason.startswith("not reranked")


# What is logged


def test_every_recall_is_logged_with_what_it_showed(memory: Memory):
    memory.record_fact("The API listens on port 9090")
    first = memory.recall("which port", kinds=["fact"])
    second = memory.recall("nothing known of this")
    latest, older = memory.recalls()
    assert (latest.id, older.id) == (second.id, first.id)
    assert (older.query, older.filter.kinds, older.known) == ("which port", ("fact",), first.known)
    assert [(one.item, one.score) for one in older.shown] == [(one.item.id, one.score) for one in first.results]
    assert memory.recalls(limit=1) == [latest]


def test_feedback_attaches_to_a_recall_and_to_what_it_showed(memory: Memory):
    fact = memory.record_fact("The API listens on port 9090")
    other = memory.record_message("unrelated")
    asked = memory.recall("port", kinds=["fact"])
    given = memory.feedback(asked.id, 1, items=[fact.id], note="right")
    assert (given.recall, given.score, given.items, given.note, given.origin) == (
        asked.id,
        1.0,
        (fact.id,),
        "right",
        "user",
    )
    for call in (
        lambda: memory.feedback(asked.id, 1.5),
        lambda: memory.feedback(asked.id, float("nan")),
        lambda: memory.feedback(asked.id, 1.0, items=[other.id]),
        lambda: memory.feedback(asked.id, 1.0, origin="outcome"),  # type: ignore[arg-type]
    ):
        with pytest.raises(InvalidInput):
            call()
    with pytest.raises(NotFound):
        memory.feedback("no-such-recall", 1.0)
    assert memory.stats().feedback == 1
