"""Components are cut out in turn: what each brings through the front door must be missed.

A component is a name, and where it is used: the place that is patched, and what stands there instead, something neutral
(an extractor that sees nothing, a term of zeros, an operation that refuses). A scenario is a function that opens a
memory and asserts what the component brings. The tables of extractors, operations and terms are read from the product:
a new entry without a scenario fails a test.
"""

import itertools
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import tacit
from tacit.memory import Memory

__all__ = ["SCENARIOS", "Cut", "brings", "cut_out", "opened"]

Scenario = Callable[[Path], None]
SCENARIOS: dict[str, Scenario] = {}
"""Component -> what it brings, asserted in an empty folder of its own."""


@dataclass(frozen=True)
class Cut:
    """Where a component is used, and what stands there when it is cut out."""

    place: Any
    """A module, a class, or a table."""
    name: str
    instead: Any


def brings(component: str) -> Callable[[Scenario], Scenario]:
    """The decorated function is the scenario of a component."""

    def known(scenario: Scenario) -> Scenario:
        assert component not in SCENARIOS, f"{component} has a scenario already"
        SCENARIOS[component] = scenario
        return scenario

    return known


@contextmanager
def cut_out(cuts: Sequence[Cut]) -> Iterator[None]:
    """The product without a component."""
    with pytest.MonkeyPatch.context() as patch:
        for one in cuts:
            if isinstance(one.place, dict):
                patch.setitem(one.place, one.name, one.instead)
            else:
                patch.setattr(one.place, one.name, one.instead)
        yield


def opened(folder: Path | None = None, **flags: Any) -> Memory:
    """A memory of the scenario's own, in the process unless it needs a file; nothing happens in the background. Its ids
    are counted, for draws follow from them: whatever happens, happens each time."""
    known: dict[str, Any] = {"embedder": "none", "reranker": "none", "worker": False, **flags}
    ids = (f"{number:08x}-0000-7000-8000-000000000000" for number in itertools.count(1))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tacit.opening.new_id", lambda: next(ids))
        return tacit.open(":memory:" if folder is None else folder / "agent.db", **known)
