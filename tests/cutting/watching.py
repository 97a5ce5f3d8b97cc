"""The watch on live recalls: what bets on harm, and how long it goes on."""

from contextlib import suppress
from pathlib import Path

import apsw
from tests.cutting.harness import brings, opened
from tests.cutting.improving import answered
from tests.improving.harness import MISLED, ROOMS, approved, asked, furnished

from tacit.errors import TacitError
from tacit.logic.improving.vigil import WINDOW
from tacit.memory import Memory

WIDE = {"candidates": 3000, "kept": 2000}
"""Reads everything there is, which takes its time."""


def states(memory: Memory) -> list[str]:
    """What the watch has made of what was applied."""
    memory.watch()
    return [one.state for one in memory.applications()]


def unsaid(memory: Memory, recalls: int) -> None:
    """Recalls of which nobody says anything; some may fail."""
    for number in range(recalls):
        with suppress(TacitError):
            memory.recall(asked()[number % 40][0], k=1)


@brings("harm by the newest alone")
def what_harms_all_recalls_is_taken_back(folder: Path) -> None:
    with furnished(folder / "a.db", cases=0) as memory:
        answered(memory, 40)
        memory.apply_improvement(approved(memory, MISLED))
        answered(memory, 40)
        assert states(memory) == ["rolled back"]


@brings("harm beside a canary")
def what_takes_longer_than_what_answers_beside_it_is_taken_back(folder: Path) -> None:
    with furnished(folder / "a.db", cases=0) as memory:
        doors = (f"who keeps the key of the door to the {room}" for room in ROOMS.split() for _ in range(100))
        memory.record_messages((door, "", {}) for door in doors)
        unsaid(memory, 30)
        memory.apply_improvement(approved(memory, WIDE), share=0.5)
        unsaid(memory, 60)
        assert states(memory) == ["rolled back"]


@brings("harm by errors")
def what_makes_recalls_fail_is_taken_back(folder: Path) -> None:
    with furnished(folder / "a.db", cases=0) as memory:
        unsaid(memory, 30)
        newest = memory.recall(asked()[-1][0], k=1).results[0].item.id
        with apsw.Connection(str(folder / "a.db")) as file:
            file.execute("UPDATE items SET text = 'damaged' WHERE id = ?", (newest,))
        memory.apply_improvement(approved(memory, MISLED))  # shows the newest, which cannot be read any more
        unsaid(memory, 30)
        assert states(memory) == ["rolled back"]


@brings("watches that go on")
@brings("suspicion")
def a_watch_goes_on_while_harm_is_suspected(folder: Path) -> None:
    with opened() as memory:
        item = memory.record_fact("The API listens on port 8080")
        for _ in range(20):
            memory.feedback(memory.recall("which port").id, 1.0)
        memory.apply_improvement(approved(memory, {"words": 0.6}))
        for _ in range(WINDOW):
            last = memory.recall("which port")
        assert states(memory) == ["watched"]  # nobody said anything of them, where they were praised before
        for _ in range(20):
            last = memory.recall("which port")
            memory.feedback(last.id, 1.0, items=[item.id])
        assert states(memory) == ["kept"]
