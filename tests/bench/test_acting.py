"""The policy of bench.acting and its trial, in a corridor that stands for the games: no Java here."""

import random

from bench.acting.policy import Explorer
from bench.acting.trial import live, score
from bench.acting.worlds import Seen

import tacit


class Corridor:
    """Ten doors, one of which the note names; a wrong one ends the task."""

    limit = 6

    def begin(self, number: int, *, test: bool) -> tuple[str, Seen]:
        self.right = f"{'new' if test else 'old'}{number}"
        return "find the way out", self._seen(f"a note says {self.right}")

    def act(self, option: str) -> Seen:
        if option == "wait":
            return self._seen("nothing happens")
        ok = option == f"open {self.right}"
        return self._seen("outside" if ok else "a wall", reward=float(ok), score=float(ok), done=True, success=ok)

    def _seen(self, told: str, **more: object) -> Seen:
        doors = [self.right, *(f"{self.right}other{number}" for number in range(9))]
        options = tuple(sorted(["wait", *(f"open {door}" for door in doors)]))
        return Seen(told=told, place=told, situation=told, options=options, **more)


def test_memory_is_the_difference_and_the_test_tasks_are_not_recorded():
    with tacit.open(":memory:", embedder="none", worker=False) as memory:
        live(Corridor(), memory, episodes=80, seed=0, domain="corridor")
        on = score(Corridor(), memory, tasks=range(20), seed=0, domain="corridor")
        off = score(Corridor(), None, tasks=range(20), seed=0, domain="corridor")
        assert memory.stats().items["episode"] == 80
    assert sum(run.success for run in on) > sum(run.success for run in off) + 10


def at(place: str, situation: str = "") -> tuple[str, str]:
    return place, situation


def test_without_values_it_tries_what_it_has_not_tried():
    explorer = Explorer(random.Random(1))
    options, chosen = ["a", "b", "c"], []
    for _ in options:
        chosen.append(explorer.choose("here", "", options, {}))
        explorer.took(at("here"), chosen[-1], at("here"), None)
    assert sorted(chosen) == options


def test_it_walks_back_to_where_something_is_left_to_try():
    explorer = Explorer(random.Random(1))
    explorer.choose("hall", "", ["north", "south"], {})
    explorer.took(at("hall"), "north", at("dead end"), 0.0)
    explorer.choose("dead end", "", ["back"], {})
    explorer.took(at("dead end"), "back", at("hall"), 0.0)
    explorer.choose("hall", "", ["north", "south"], {"south": (-0.5, 0.0, 0.0)})
    explorer.took(at("hall"), "north", at("dead end"), 0.0)
    assert explorer.choose("dead end", "", ["back"], {}) == "back"


def test_it_goes_back_to_where_it_was_before_it_made_progress():
    explorer = Explorer(random.Random(1))
    values = {"back": (-0.01, 0.0, 0.0), "take key": (0.0, 0.0, 0.0), "wait": (0.0, 0.0, 0.0)}
    explorer.choose("hall", "", ["north"], {})
    explorer.took(at("hall"), "north", at("cellar"), 0.0)
    explorer.choose("cellar", "", ["back", "wait"], values)
    explorer.took(at("cellar"), "back", at("hall"), 0.0)
    explorer.choose("hall", "", ["north"], {})
    explorer.took(at("hall"), "north", at("cellar"), 0.0)
    explorer.choose("cellar", "", ["back", "take key", "wait"], values)
    explorer.took(at("cellar"), "take key", at("cellar", "with the key"), 1.0)
    assert explorer.choose("cellar", "with the key", ["back", "wait"], values) == "back"


def test_the_bold_try_what_is_uncertain():
    values = {"known": (0.1, 0.0, 0.0), "new": (0.0, 1.0, 0.0)}
    careful, bold = (Explorer(random.Random(1), bold=bold, used=1.0) for bold in (0.0, 0.4))
    assert careful.choose("here", "", ["known", "new"], values) == "known"
    assert bold.choose("here", "", ["known", "new"], values) == "new"


RISKY = {"wait": (0.0, 0.0, 0.0), "leap": (-0.2, 0.0, 0.3)}


def test_a_risk_counts_for_nothing_when_no_step_is_left_and_for_little_in_practice():
    early, late = (Explorer(random.Random(1), used=used) for used in (0.8, 1.0))
    assert early.choose("here", "", list(RISKY), RISKY) == "wait"
    assert late.choose("here", "", list(RISKY), RISKY) == "leap"
    assert Explorer(random.Random(1), bold=0.4, used=0.8).choose("here", "", list(RISKY), RISKY) == "leap"


DULL = dict.fromkeys(("go west", "go east", "look", "open west door", "read map"), (-0.01, 0.0, 0.0))


def test_what_begins_like_what_led_elsewhere_is_rather_tried_than_what_is_dull():
    explorer = Explorer(random.Random(1))
    explorer.choose("hall", "", ["go west"], DULL)
    explorer.took(at("hall"), "go west", at("cellar"), 0.0)
    assert explorer.choose("cellar", "", ["look", "read map", "go east"], DULL) == "go east"


def test_where_a_way_is_shut_what_names_it_is_tried_and_then_the_way_again():
    explorer = Explorer(random.Random(1))
    explorer.choose("hall", "", ["go east"], DULL)
    explorer.took(at("hall"), "go south", at("yard"), 0.0)
    explorer.choose("yard", "", ["go down"], DULL)
    explorer.took(at("yard"), "go down", at("cellar"), 0.0)
    options = ["go west", "look", "open west door", "read map"]
    assert explorer.choose("cellar", "shut", options, DULL) == "go west"
    explorer.took(at("cellar", "shut"), "go west", at("cellar", "shut"), 0.0)
    assert explorer.choose("cellar", "shut", options, DULL) == "open west door"
    explorer.took(at("cellar", "shut"), "look", at("cellar", "looked"), 0.0)
    assert explorer.choose("cellar", "looked", options, DULL) == "open west door", "it is still shut"
    explorer.took(at("cellar", "looked"), "open west door", at("cellar", "open"), 0.0)
    assert explorer.choose("cellar", "open", options, DULL) == "go west"


def test_a_shut_way_is_tried_again_after_one_came_in_another_way():
    explorer = Explorer(random.Random(1))
    explorer.took(at("hall"), "go east", at("cellar"), 0.0)
    explorer.took(at("cellar"), "go west", at("cellar"), 0.0)
    assert explorer.shut == {("cellar", "go west")}
    explorer.took(at("yard"), "go down", at("cellar"), 0.0)
    assert not explorer.shut


def test_it_goes_round_where_nothing_else_is_left():
    explorer = Explorer(random.Random(1), count=40)
    explorer.choose("hall", "", ["go east"], DULL)
    explorer.took(at("hall"), "go east", at("cellar"), 0.0)
    explorer.choose("cellar", "", ["go west", "look"], DULL)
    explorer.took(at("cellar"), "go west", at("hall"), 0.0)
    explorer.entered["cellar"] = 0
    assert explorer.choose("hall", "", ["go east", "look"], DULL | {"look": (0.01, 0.0, 0.0)}) == "go east"
