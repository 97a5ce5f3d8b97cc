"""Values of options: what generalises from finished episodes, and what is forgiven."""

import json

import pytest

from tacit.logic.features import described, standing
from tacit.logic.trail import Trail, bucket
from tacit.logic.values import Judge, accounted, learn, trail_of, valued
from tacit.types import Abstained, Episode, Failure, Item, Outcome, Step, Success

COLOURS = ("red", "green", "blue", "white", "black", "brown", "pink", "grey")


def did(text: str, observation: str = "", reward: float | None = None) -> Step:
    tool, _, rest = text.partition(" ")
    return Step(tool=tool, arguments=rest, observation=observation, reward=reward)


def lived(*steps: Step, outcome: Outcome | None = None, task: str = "tidy the room") -> Item:
    return Item(id="1", kind="episode", text=task, payload=Episode(task=task, steps=steps, outcome=outcome))


def tidied(colour: str) -> Item:
    """Lifting pays, the chest pays, the floor does not, shaking tells nothing."""
    return lived(
        did("look", f"there is a {colour} scarf", 0.0),
        did(f"shake {colour} scarf", "nothing happens", 0.0),
        did(f"lift {colour} scarf", f"you hold the {colour} scarf", 0.5),
        did(f"drop {colour} scarf on floor", f"the {colour} scarf lies on the floor", 0.0),
        did(f"drop {colour} scarf in chest", f"the {colour} scarf lies in the chest", 0.5),
        outcome=Success(),
    )


@pytest.fixture
def page() -> dict:
    page: dict = {}
    for colour in COLOURS * 3:
        learn(tidied(colour), page)
    return page


def value_of(page: dict, option: str, *steps: Step) -> float:
    return valued(trail_of("tidy the room", steps), [option], page)[0].value


def test_what_paid_for_other_things_is_worth_more_for_a_new_thing(page: dict) -> None:
    seen = did("look", "there is a yellow scarf", 0.0)
    shaken = did("shake yellow scarf", "nothing happens", 0.0)
    assert value_of(page, "lift yellow scarf", seen, shaken) > value_of(page, "shake yellow scarf", seen, shaken) + 0.1
    held = did("lift yellow scarf", "you hold the yellow scarf", 0.5)
    chest, floor = "drop yellow scarf in chest", "drop yellow scarf on floor"
    course = (seen, shaken, held)
    assert value_of(page, chest, *course) > value_of(page, floor, *course) + 0.1


def test_what_the_outcome_pays_goes_to_the_last_step() -> None:
    page: dict = {}
    for colour in COLOURS:
        learn(lived(did("probe wall", "a wall"), did(f"press {colour} button"), outcome=Success()), page)
        learn(lived(did("probe wall", "a wall"), did(f"pull {colour} lever"), outcome=Abstained()), page)
    assert value_of(page, "press button") > value_of(page, "pull lever") + 0.2


def test_what_ended_in_failure_is_worth_less_than_what_merely_led_nowhere() -> None:
    page: dict = {}
    for colour in COLOURS:
        learn(lived(did(f"swallow {colour} pill", "you feel sick", 0.0), outcome=Failure(reason="sick")), page)
        learn(lived(did(f"polish {colour} pill", "it shines", 0.0), outcome=Abstained(reason="no time")), page)
    assert value_of(page, "swallow yellow pill") < value_of(page, "polish yellow pill") - 0.1
    assert "failure" in valued(Trail("t"), ["swallow yellow pill"], page)[0].because


def test_what_tells_nothing_new_costs_nothing_for_that(page: dict) -> None:
    trail, judge = trail_of("tidy the room", [did("look", "there is a yellow scarf", 0.0)] * 9), Judge(page)
    assert min(judge.foretold(trail, option)[2] for option in ("look", "shake yellow scarf", "levitate")) >= 0.0


def test_what_was_told_by_another_step_counts() -> None:
    page: dict = {}
    for wanted, other in zip(COLOURS * 6, (COLOURS[3:] + COLOURS[:3]) * 6, strict=True):
        note = did("read note", f"bring {wanted} stone", 0.0)
        learn(lived(note, did(f"pick {wanted} stone", reward=1.0), outcome=Success()), page)
        learn(lived(note, did(f"pick {other} stone", reward=0.0), outcome=Abstained()), page)
    note = did("read note", "bring violet stone", 0.0)
    assert value_of(page, "pick violet stone", note) > value_of(page, "pick yellow stone", note) + 0.1


def test_nothing_like_it_is_said_to_be_untried(page: dict) -> None:
    (option,) = valued(Trail("tidy the room"), ["levitate scarf"], page)
    assert (option.uncertainty, option.tried) == (1.0, 0)
    assert "ever tried" in option.because
    assert valued(Trail("tidy the room"), ["lift pink scarf"], page)[0].uncertainty < 0.9


def test_an_empty_page_values_everything_alike() -> None:
    assert {option.value for option in valued(Trail("t"), ["a b", "c d", ""], {})} == {0.0}


@pytest.mark.parametrize(
    ("paid", "earned", "gained"),
    [
        ([], [], []),
        ([0.5, 0.5], [0.5, 0.5], [0.5, 0.5]),
        ([1.0, -1.0, 1.0], [1.0, 0.0, 1.0], [1.0, 0.0, 0.0]),
        ([-1.0], [-1.0], [-1.0]),
        ([0.5, -0.5, 0.25], [0.5, -0.25, 0.25], [0.5, -0.25, 0.0]),
    ],
)
def test_a_loss_that_is_made_good_counts_for_nothing(paid: list, earned: list, gained: list) -> None:
    assert accounted(paid) == (earned, gained)


def test_learning_again_the_same_gives_the_same_and_is_json() -> None:
    one, other = {}, {}
    for colour in COLOURS:
        learn(tidied(colour), one)
        learn(tidied(colour), other)
        other = json.loads(json.dumps(other))  # as if each were a transaction of its own
    assert one == other


def test_an_episode_that_tells_neither_reward_nor_outcome_teaches_nothing() -> None:
    page: dict = {}
    learn(lived(did("look", "a room")), page)
    learn(lived(outcome=Success()), page)
    assert page == {}


def test_what_a_note_calls_for_is_told_from_what_it_forbids() -> None:
    """A word of the note goes with another word of the option: which, is found out in other words."""
    page: dict = {}
    tools = {"boil": "kettle", "freeze": "icebox", "dry": "oven"}
    for number in range(60):
        thing = COLOURS[number % len(COLOURS)] + " herb"
        word, used = list(tools)[number % 3], list(tools.values())[number // 3 % 3]
        ok = tools[word] == used
        steps = did("read note", f"{word} the {thing}", 0.0), did(f"treat {thing} in {used}", "done", float(ok))
        learn(lived(*steps, outcome=Success() if ok else Failure(reason="spoilt")), page)
    note = did("read note", "freeze the violet herb", 0.0)
    worth = {used: value_of(page, f"treat violet herb in {used}", note) for used in tools.values()}
    assert worth["icebox"] > 0.3
    assert max(worth["kettle"], worth["oven"]) < 0.1


def test_what_always_comes_out_the_same_is_hardly_uncertain_even_in_other_words(page: dict) -> None:
    shaken, lifted = valued(Trail("tidy the room"), ["shake violet umbrella", "lift violet umbrella"], page)
    assert shaken.uncertainty < lifted.uncertainty


def test_a_judge_says_the_same_as_a_single_question(page: dict) -> None:
    judge, trail = Judge(page), trail_of("tidy the room", [did("look", "there is a yellow scarf", 0.0)])
    options = ["lift yellow scarf", "shake yellow scarf", "levitate"]
    assert judge.valued(trail, options) == judge.valued(trail, options) == valued(trail, options, page)


def test_a_trail_tells_the_same_place_from_another() -> None:
    trail = Trail("t")
    trail.add(did("look", "a red hall\na lamp\na chair"))
    assert trail.before("go north") == "0"
    trail.add(did("go north", "a cellar\na barrel"))
    assert trail.before("go north").startswith("1")
    trail.add(did("go back", "a red hall\na lamp\na chair"))
    assert trail.before("go north").startswith("3")


def test_rows_are_bounded() -> None:
    page: dict = {}
    for number in range(400):
        words = " ".join(f"w{number}x{place}" for place in range(12))
        learn(lived(did(f"put {words} in box", "done", 0.0), outcome=Abstained()), page)
    assert max(len(json.dumps(row)) for row in page.values()) < 100_000


def test_a_trail_says_how_new_an_observation_is() -> None:
    trail = Trail("t")
    assert trail.add(did("look", "a lamp and a table")) == pytest.approx(0.5)
    assert trail.add(did("look", "a lamp and a table")) == 0.0
    assert (trail.stale, trail.came) == (1, "s")
    assert trail.add(did("open door", "a garden with roses, tulips, lilies and daisies")) == 1.0


def test_features_are_the_same_for_the_same_point() -> None:
    steps = [did("look", "a red door is shut", 0.0), did("open red door", "a red door is open", 0.0)]
    one, other = trail_of("t", steps), trail_of("t", steps)
    assert described(one, "open red door") == described(other, "open red door")
    assert standing(one) == standing(other)
    assert described(one, "open red door") != described(trail_of("t", steps[:1]), "open red door")


def test_buckets_grow() -> None:
    assert [bucket(count) for count in (0, 1, 3, 5, 9, 100)] == [0, 1, 3, 4, 5, 8]
