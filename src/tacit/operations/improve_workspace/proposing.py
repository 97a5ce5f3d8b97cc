"""Proposers: what could be better, as patches. Each is a callable of a view of the workspace.

Above: the verb, which asks each in turn, again after every patch that was kept. Below: logic.refactoring.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from tacit.errors import InvalidInput
from tacit.logic.refactoring import REFACTORINGS
from tacit.logic.refactoring.advice import Ended
from tacit.logic.refactoring.dials import neighbours, turned, value_of
from tacit.logic.refactoring.patch import Observed, Patch
from tacit.logic.refactoring.program import Program
from tacit.operations.improve_workspace.errand import FILE, Errand

__all__ = ["PROPOSERS", "Note", "Proposer", "View", "check_dials", "is_protected"]


@dataclass(frozen=True)
class View:
    """What proposers see: the texts as they stand, what one run showed, what was asked for."""

    texts: Mapping[str, str]
    observed: Observed
    errand: Errand
    tried: frozenset[str] = field(default_factory=frozenset)
    """Keys of patches that were tried."""
    ended: Callable[[], Sequence[Ended]] = tuple
    """-> what was tried until now, of this run and of earlier ones that the memory knows, and what became of it."""
    ignored: frozenset[str] = field(default_factory=frozenset)
    """What git tracks though it is told to ignore it."""

    @property
    def protected(self) -> frozenset[str]:
        """Paths of what judges."""
        commands = (*self.errand.benchmark, *self.errand.test)
        return frozenset(path for path in self.texts if is_protected(path, commands))


@dataclass(frozen=True)
class Note:
    """What a proposer has to say beside patches: it is told and written down before the proposer goes on."""

    text: str
    asks: bool = False
    """Whether it is about to ask somebody else, who will be sent what the text says."""


Proposer = Callable[[View], Iterable[Patch | Note]]


def check_dials(view: View) -> None:
    """Whether each dial is where it is said to be. Raises `InvalidInput`."""
    for dial in view.errand.dials:
        if dial.file not in view.texts:
            raise InvalidInput(
                f"the dial {dial.name!r} has no file {dial.file}",
                cause="it is not committed, or is no text",
                remedy="name a file of the workspace",
            )
        value_of(dial, view.texts[dial.file])


def _dials(view: View) -> Iterator[Patch]:
    """Dials that the owner declared, at their next values; of a dial that helped, further values."""
    for dial in view.errand.dials:
        text = view.texts[dial.file]
        now = value_of(dial, text)
        for value in neighbours(dial, now):
            yield Patch(
                key=f"dial:{dial.name}={value!r}",
                description=f"{dial.name} from {now!r} to {value!r} in {dial.file}",
                kind="optimization",
                files={dial.file: turned(dial, text, value)},
                inverse=f"dial:{dial.name}={now!r}",
                same=False,
            )


def _refactorings(view: View) -> Iterator[Patch]:
    """Known refactorings of what was seen to be hot."""
    if not view.errand.refactorings:
        return
    program = Program(view.texts, protected=view.protected)
    for refactoring in REFACTORINGS:
        yield from refactoring(program, view.observed)


def is_protected(path: str, commands: Sequence[str]) -> bool:
    """Whether a file judges: tests, and what the commands name. What judges is never refactored.

    >>> is_protected("tests/test_a.py", ()), is_protected("bench.py", ("python", "bench.py")), is_protected("a.py", ())
    (True, True, False)
    """
    parts = PurePosixPath(path)
    test = parts.name.startswith("test_") or parts.name.endswith("_test.py") or parts.name in ("conftest.py", FILE)
    return test or bool({"tests", "test"} & set(parts.parts[:-1])) or any(_names(word, parts) for word in commands)


def _names(word: str, path: PurePosixPath) -> bool:
    as_module = str(path.with_suffix("")).replace("/", ".")
    return str(PurePosixPath(word)) == str(path) or (
        path.suffix == ".py" and word in (as_module, as_module.removesuffix(".__main__"))
    )


PROPOSERS: tuple[Proposer, ...] = (_dials, _refactorings)
"""In the order in which they are asked."""
