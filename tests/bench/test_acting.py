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
        return Seen(told=told, situation=told, options=options, **more)


def test_memory_is_the_difference_and_the_test_tasks_are_not_recorded():
    with tacit.open(":memory:", embedder="none", worker=False) as memory:
        live(Corridor(), memory, episodes=80, seed=0, domain="corridor")
        on = score(Corridor(), memory, tasks=range(20), seed=0, domain="corridor")
        off = score(Corridor(), None, tasks=range(20), seed=0, domain="corridor")
        assert memory.stats().items["episode"] == 80
    assert sum(run.success for run in on) > sum(run.success for run in off) + 10


def test_without_values_it_tries_what_it_has_not_tried():
    explorer = Explorer(random.Random(1))
    options, chosen = ["a", "b", "c"], []
    for _ in options:
        chosen.append(explorer.choose("here", options, {}))
        explorer.took("here", chosen[-1], "here", None)
    assert sorted(chosen) == options


def test_it_walks_back_to_where_something_is_left_to_try():
    explorer = Explorer(random.Random(1))
    explorer.choose("hall", ["north", "south"], {})
    explorer.took("hall", "north", "dead end", 0.0)
    explorer.choose("dead end", ["back"], {})
    explorer.took("dead end", "back", "hall", 0.0)
    explorer.choose("hall", ["north", "south"], {"south": (-0.5, 0.0)})
    explorer.took("hall", "north", "dead end", 0.0)
    assert explorer.choose("dead end", ["back"], {}) == "back"
