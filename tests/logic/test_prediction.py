"""What is foretold of a task under way is learned from what happened: regularities that were planted are found."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from tacit.logic import prediction
from tacit.logic.notebook import Notebook, Page
from tacit.logic.prediction import courses, views
from tacit.types import Episode, Failure, Item, Message, Outcome, Step, StepResult, Success

BROKEN = "error: package {name} is not installed (code {code})"


def step(tool: str, said: str = "done", result: StepResult = "success", given: str = "", **more: Any) -> Step:
    return Step(tool=tool, arguments=given, observation=said, result=result, **more)


def episode(task: str, *steps: Step, won: bool | None = True, domain: str = "d", agent: str = "a") -> Item:
    outcome: Outcome | None = None if won is None else Success() if won else Failure()
    payload = Episode(task=task, steps=steps, outcome=outcome, agent=agent)
    return Item(id="e", kind="episode", text=task, payload=payload, domain=domain)


def broken(number: int) -> Step:
    return step("build", BROKEN.format(name=f"lib{number}", code=number), "error", f"build app{number}")


def stream(count: int) -> list[Item]:
    """Most try the failed build again, in vain; a few install what is missing, and that works, and they succeed."""
    episodes = []
    for number in range(count):
        read = step("read", f"text {number}", given=f"read file{number}")
        if number % 4:
            rest, won = (broken(number), broken(number + 1), broken(number + 2)), False
        else:
            rest, won = (broken(number), step("install"), step("build", "built")), True
        episodes.append(episode(f"make app number {number}", read, *rest, won=won))
    return episodes


@pytest.fixture(scope="module")
def learned() -> dict[str, Any]:
    page: dict[str, Any] = {}
    for one in stream(120):
        prediction.learn(one, page)
    return page


def tools(found: Sequence[Any]) -> list[str]:
    return [one.tool for one in found]


def test_before_anything_was_learned_nothing_is_foretold() -> None:
    advice = prediction.advice("make an app", [broken(1)], {})
    assert advice.next_tools == ()
    assert advice.recoveries == ()
    assert advice.recovering is True
    assert advice.success is None
    assert advice.ends is None


def test_after_an_error_what_worked_is_told_apart_from_what_most_do(learned: dict[str, Any]) -> None:
    steps = [step("read", "something else"), broken(7_777)]
    assert tools(prediction.recoveries("make a thing that nobody made", steps, learned, domain="d"))[0] == "install"
    assert tools(prediction.next_tools("make a thing that nobody made", steps, learned, domain="d"))[0] == "build"


def test_there_are_no_recoveries_after_a_step_that_worked(learned: dict[str, Any]) -> None:
    assert prediction.recoveries("make app", [step("read")], learned, domain="d") == []
    assert prediction.advice("make app", [step("read")], learned, domain="d").recovering is False


def test_suggestions_are_probabilities_the_highest_first(learned: dict[str, Any]) -> None:
    found = prediction.next_tools("make app", [step("read", "text")], learned, domain="d", agent="a")
    chances = [one.probability for one in found]
    assert chances == sorted(chances, reverse=True)
    assert all(0 <= chance <= 1 for chance in chances)
    assert sum(chances) <= 1 + 1e-9
    assert tools(found)[0] == "build"


def test_the_end_is_foretold_too(learned: dict[str, Any]) -> None:
    begun = prediction.advice("make app", [step("read")], learned, domain="d", agent="a")
    steps = [step("read"), broken(5), step("install"), step("build", "built")]
    over = prediction.advice("make app", steps, learned, domain="d", agent="a")
    assert begun.ends is not None
    assert over.ends is not None
    assert begun.ends < 0.1
    assert over.ends > 0.8
    assert prediction.END not in tools(over.next_tools)


def test_success_is_likelier_where_others_succeeded(learned: dict[str, Any]) -> None:
    good = prediction.success("make app", [step("read"), broken(1), step("install")], learned, domain="d", agent="a")
    bad = prediction.success("make app", [step("read"), broken(1), broken(2)], learned, domain="d", agent="a")
    assert good is not None
    assert bad is not None
    assert good > 0.8
    assert bad < 0.2


def test_a_domain_and_an_agent_that_are_new_learn_from_the_others(learned: dict[str, Any]) -> None:
    steps = [step("read"), broken(3)]
    assert tools(prediction.recoveries("x", steps, learned, domain="other", agent="new"))[0] == "install"
    assert prediction.success("x", steps, learned, domain="other", agent="new") is not None


def test_what_the_environment_pays_speaks_for_success() -> None:
    page: dict[str, Any] = {}
    for number in range(60):
        paid = 1.0 if number % 2 else 0.25
        prediction.learn(episode(f"task {number}", step("act", f"{number}", reward=paid), won=paid == 1.0), page)
    high = prediction.success("another", [step("act", "z", reward=1.0)], page, domain="d", agent="a")
    low = prediction.success("another", [step("act", "z", reward=0.25)], page, domain="d", agent="a")
    assert high is not None
    assert low is not None
    assert high > 0.8 > 0.2 > low


def test_words_alone_speak_for_success() -> None:
    page: dict[str, Any] = {}
    for number in range(160):
        word = "legible" if number % 2 else "garbled"
        prediction.learn(episode(f"n{number}", step("scan", f"page {number} is {word}"), won=bool(number % 2)), page)
    good = prediction.success("new", [step("scan", "this one is legible")], page)
    bad = prediction.success("new", [step("scan", "this one is garbled")], page)
    assert good is not None
    assert bad is not None
    assert good > bad + 0.2


def test_what_agents_do_now_counts_more_than_what_they_did() -> None:
    page: dict[str, Any] = {}
    for number in range(60):
        following = "old" if number < 40 else "new"
        prediction.learn(episode(f"task {number}", step("begin"), step(following)), page)
    assert tools(prediction.next_tools("task", [step("begin")], page, domain="d"))[0] == "new"


def test_the_same_order_gives_the_same_page_and_reading_it_back_changes_nothing() -> None:
    once: dict[str, Any] = {}
    kept: dict[str, str] = {}
    for one in stream(40):
        prediction.learn(one, once)
        again = {key: json.loads(value) for key, value in kept.items()}
        prediction.learn(one, again)
        kept = {key: json.dumps(value) for key, value in again.items()}
    assert {key: json.loads(value) for key, value in kept.items()} == once


def test_asking_changes_nothing(learned: dict[str, Any]) -> None:
    before = json.dumps(learned, sort_keys=True)
    prediction.advice("make app", [step("read"), broken(1)], learned, domain="d", agent="a")
    assert json.dumps(learned, sort_keys=True) == before


def test_rows_and_their_number_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "SLOTS", 32)
    page: dict[str, Any] = {}
    sizes = []
    for number in range(400):
        tool = f"tool{number}"
        prediction.learn(episode(f"t{number}", step("go", str(number)), step(tool, tool), step(tool)), page)
        sizes.append(len(page))
    assert sizes[-1] < 2_500
    assert sizes[-1] - sizes[-100] < 60, "it flattens"
    rows = [row for row in page.values() if isinstance(row, dict)]
    assert max(map(len, rows)) <= courses.TOOLS
    assert max(len(json.dumps(row)) for row in page.values()) < 6_000


def test_a_page_is_read_once_an_episode_and_once_a_question() -> None:
    kept: dict[str, Any] = {}
    reads: list[int] = []

    def read(_space: str, keys: Sequence[str]) -> Mapping[str, Any]:
        reads.append(len(keys))
        return {key: kept[key] for key in keys if key in kept}

    for one in stream(8):
        book = Notebook(read)
        prediction.learn(one, book.page("prediction"))
        for change in book.changes():
            kept.update(change.rows)
    assert len(reads) == 8
    reads.clear()
    prediction.advice("make app", [step("read"), broken(1)], Page("prediction", read), domain="d")
    assert len(reads) == 1


def test_an_episode_without_an_outcome_teaches_what_follows_but_not_success() -> None:
    page: dict[str, Any] = {}
    prediction.learn(episode("t", step("a"), step("b"), won=None), page)
    assert tools(prediction.next_tools("t", [step("a")], page))[0] == "b"
    assert prediction.success("t", [step("a")], page) is None


def test_what_is_no_episode_teaches_nothing() -> None:
    page: dict[str, Any] = {}
    prediction.learn(Item(id="m", kind="message", text="hello", payload=Message()), page)
    assert page == {}


@pytest.mark.parametrize(
    "odd",
    [
        episode("", won=True),
        episode("   ", step(""), won=False),
        episode("\ud800 broken", step("\ud800", "\ud800", "error", "\udfff")),
        episode("long " * 3_000, step("x" * 500, "y" * 10_000, "timeout", "z" * 50_000)),
        episode("many", *(step("loop", str(number)) for number in range(1_000))),
        episode("zero\0", step("a\0b", "\0", "unknown", "{[", reward=-1e300)),
    ],
    ids=["nothing", "blank", "surrogates", "long", "many", "zero"],
)
def test_odd_episodes_are_learned_and_asked_about(odd: Item) -> None:
    page: dict[str, Any] = {}
    prediction.learn(odd, page)
    prediction.learn(odd, page)
    payload = odd.payload
    assert isinstance(payload, Episode)
    advice = prediction.advice(payload.task, payload.steps, page, domain=odd.domain, agent="a")
    assert advice.success is not None
    assert 0 <= advice.success <= 1
    json.dumps(page).encode()
