"""Advice through the front door: what never failed is not feared for the things that it shares with what did."""

import tacit
from tacit.memory import Memory
from tacit.types import Step


def lived(memory: Memory) -> None:
    """Pills were swallowed, which failed; stones were polished, which did not."""
    for number in range(18):
        with memory.episode(f"deal with it, {number}", domain="things") as episode:
            episode.step("look", observation=f"a pill{number}", reward=0.0)
            episode.step("swallow", arguments=f"pill{number}", observation="you feel sick", reward=0.0)
            episode.failure("sick")
    for number in range(6):
        with memory.episode(f"make it shine, {number}", domain="things") as episode:
            episode.step("polish", arguments=f"stone{number}", observation="it shines", reward=0.0)
            episode.step("rest", observation="all is well", reward=0.0)
            episode.success("fine")
    for _ in memory.learn():
        pass


def test_a_pill_may_be_polished_although_pills_were_swallowed_to_no_good() -> None:
    with tacit.open(":memory:", embedder="none", worker=False) as memory:
        lived(memory)
        course = [Step(tool="look", observation="a new pill", reward=0.0)]
        options = ["swallow new pill", "polish new pill", "lick new pill"]
        swallow, polish, lick = memory.advise("deal with it", course, options=options, domain="things").options
    assert swallow.risk > 0.2
    assert swallow.value < -0.1 < swallow.value + swallow.risk
    assert lick.tried == 0
    assert polish.risk < lick.risk / 3, "six times it went well"
