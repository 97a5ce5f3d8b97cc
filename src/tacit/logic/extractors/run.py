"""A run: one episode as the extractors read it, read once for all of them.

Floor 2. Below: logic.calls, logic.fingerprints. Above: the extractors.
"""

import re
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b

from tacit.logic.calls import GAP, Call, Told, call_of, told_of, words_said
from tacit.logic.evidence import success_of
from tacit.logic.fingerprints import fingerprint, label
from tacit.logic.rules.safety import unsafe
from tacit.logic.stopwords import STOP_WORDS
from tacit.logic.words import terms, tokens
from tacit.types import Episode, Item, Step

__all__ = ["Move", "Run", "digest", "listed", "run_of", "said"]

MOST = 200
"""Steps of an episode that are read."""
WORDS = 6
"""Telling words of a task that are kept."""
READ = 600
"""Characters of a task that are read."""
FIRST = re.compile(r"\w+")
ARTICLES = ("a", "an", "the")
NAMED = re.compile(r"[A-Za-z]")


@dataclass(frozen=True, slots=True)
class Move:
    """One step."""

    at: int
    tool: str
    call: Call
    head: str
    """Of the call, with the choice that was taken where the tool had offered it: `click Buy Now`."""
    asked: str
    """The call as it was."""
    failed: bool
    worked: bool
    """Neither where the result is not known."""
    empty: bool
    """Whether it worked and answered nothing."""
    error: str = ""
    """Fingerprint of what a failed one said."""


@dataclass(frozen=True, slots=True)
class Run:
    """One episode."""

    moves: tuple[Move, ...]
    heads: tuple[str, ...]
    """Of the moves in order; what is repeated at once, alone or in turns, stands once."""
    success: float | None
    place: str
    """Domain, else the type of task."""
    language: str
    opening: str
    """The first words of the task."""
    words: tuple[str, ...]
    """Telling words of the task."""
    steps: tuple[Step, ...]

    @property
    def situation(self) -> str:
        """What sort of task it is, in words: `the task (sql) begins with "how many"`."""
        where = " ".join(part for part in (self.language, self.place) if part)
        place = f"the task ({where})" if where else "the task"
        return f'{place} begins with "{self.opening}"' if self.opening else f"{place} is under way"

    @property
    def succeeded(self) -> bool:
        """Fully."""
        return self.success is not None and self.success >= 1.0


_KEPT = 128
"""Runs that are remembered: of a transaction's episodes all are extracted from first, and counted later."""
_kept: OrderedDict[int, tuple[Item, Run]] = OrderedDict()


def run_of(episode: Item) -> Run:
    """Read an episode. The latest are remembered: reading is most of what extraction costs (3.6 ms of 3.9 for the
    longest runs), and the extractors and counters ask one after another, also once it has its reward."""
    told = episode.payload
    place = id(told.steps) if isinstance(told, Episode) else id(episode)
    known = _kept.get(place)
    if known is not None and _alike(known[0], episode):
        return known[1]
    run = _read(episode)
    if len(_kept) >= _KEPT:
        _kept.popitem(last=False)  # one step, whatever other threads do
    _kept[place] = (episode, run)
    return run


def _alike(one: Item, other: Item) -> bool:
    """Whether two items are one episode, as far as a run goes; the steps, which are long, must be the same object."""
    told, again = one.payload, other.payload
    if not isinstance(told, Episode) or not isinstance(again, Episode):
        return one is other
    parts = ((one.domain, one.language), (told.task, told.task_type, told.outcome))
    return told.steps is again.steps and parts == (
        (other.domain, other.language),
        (again.task, again.task_type, again.outcome),
    )


def _read(episode: Item) -> Run:
    told = episode.payload
    if not isinstance(told, Episode):
        return Run((), (), None, "", "", "", (), ())
    task = told.task[:READ]
    steps = told.steps[:MOST]
    moves = _moves(task, steps)
    return Run(
        moves=moves,
        heads=_unrepeated([move.head for move in moves]),
        success=success_of(told.outcome),
        place=episode.domain or told.task_type,
        language=episode.language,
        opening=_opening(task),
        words=_telling(task),
        steps=steps,
    )


def _moves(task: str, steps: Sequence[Step]) -> tuple[Move, ...]:
    told = [told_of(step.tool, step.arguments) for step in steps]
    things = set(tokens(task)).union(*(one.things() for one in told))
    offered: list[str] = []
    found: list[Move] = []
    for at, (step, one) in enumerate(zip(steps, told, strict=True)):
        if NAMED.search(step.tool):
            call = call_of(step.tool, one, things)
            error = _error(step, one, call) if step.result in ("error", "timeout") else ""
            found.append(_move(at, step, call, _chosen(call, offered), error))
        if step.result == "success":
            offered.append(step.observation)
    return tuple(found)


def _chosen(call: Call, offered: Sequence[str]) -> str:
    """The head of a call: with its argument where that is a button, a name with a capital that was offered in
    brackets: `click Buy Now`. Others name what only this task is about."""
    if call.command or call.line.endswith(GAP) or call.line == call.head:
        return call.head
    choice = call.line[len(call.head) + 1 :]
    return call.line if choice[:1].isupper() and any(f"[{choice}]" in one for one in offered) else call.head


def _move(at: int, step: Step, call: Call, head: str, error: str) -> Move:
    worked = step.result == "success"
    return Move(
        at=at,
        tool=step.tool,
        call=call,
        head=head,
        asked=step.arguments,
        failed=step.result in ("error", "timeout"),
        worked=worked,
        empty=worked and not step.observation.strip("[](){}\n\r\t "),
        error=error,
    )


def _error(step: Step, told: Told, call: Call) -> str:
    """What the agent had named is masked; the programs that it called stay: one of them may be what is missing."""
    if step.result == "timeout":
        return "timed out"
    named = words_said(step.arguments)
    return fingerprint(step.observation, named - told.programs() if call.command else named)


@lru_cache(maxsize=4096)
def said(error: str) -> str:
    """An error as it may be told within a sentence: `fails with "no such table: ..."`, or `fails` where nothing may be
    quoted of it."""
    short = label(error)
    return f'fails with "{short}"' if short and not unsafe(short) else "fails"


def _unrepeated(heads: Sequence[str]) -> tuple[str, ...]:
    """`a a b b a b a b c` -> `a b c`: runs of one and of two are taken once."""
    once: list[str] = []
    for head in heads:
        if once and once[-1] == head:
            continue
        once.append(head)
        if len(once) >= 4 and once[-4:-2] == once[-2:]:
            del once[-2:]
    return tuple(once)


def _opening(task: str) -> str:
    """How a task begins: its verb, or its question with the word after it. Names do not count.

    >>> _opening("How many singers are there?"), _opening("Find all files"), _opening("Jane Austen wrote what?")
    ('how many', 'find', '')
    """
    words = FIRST.findall(task[:80])[:2]
    if not words or not words[0].isalpha():
        return ""
    opened, followed = words[0].lower(), words[1] if len(words) > 1 else ""
    named = followed[:1].isupper() and not words[0].isupper()
    if terms(opened)[0] not in STOP_WORDS:
        return "" if named else opened
    if followed.isalpha() and not named:
        return f"{opened} {followed.lower()}"
    return "" if opened in ARTICLES else opened


def _telling(task: str) -> tuple[str, ...]:
    found: dict[str, str] = {}
    for word in tokens(task):
        if len(word) >= 4 and word.isalpha():
            stem = terms(word)[0]
            if stem not in STOP_WORDS:
                found.setdefault(stem, word)
        if len(found) >= WORDS:
            break
    return tuple(found.values())


def digest(*parts: object) -> str:
    """A short key of parts, unique for all purposes (64 bits)."""
    return blake2b("\x1f".join(map(str, parts)).encode("utf-8", "replace"), digest_size=8).hexdigest()


def listed(names: Sequence[str]) -> str:
    """`a`, then `b`, then `c`."""
    return ", then ".join(f"`{name}`" for name in names)
