"""Views: a task under way, as the keys under which experience of it is kept.

Floor 2. Below: the nouns, logic.fingerprints. Above: `courses` (what comes next), `chances` (how it ends).

A step is reduced once to what may come back in other episodes (`Glimpse`); a view then names some of that. Views are
general: tools, results, heads of calls, fingerprints of errors, the shape and words of answers, words of the task,
domain, agent, place, repetition.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from zlib import crc32

from tacit.logic.fingerprints import fingerprint
from tacit.logic.words import terms
from tacit.types import Step

__all__ = ["Course", "Glimpse", "course_of", "slot"]

SLOTS = 1 << 18
"""Rows of a table: at about 40 bytes, 10 MB when full. Two keys that fall on the same slot share it."""
WORD = re.compile(r"[A-Za-z_][\w-]{0,30}")
SAID = re.compile(r"\w[\w./-]*")
HEAD = 3
"""Words of a call that make its head."""
TOOL = 80
"""Characters of a tool's name that are kept."""
READ = 600
"""Characters of an answer that are looked at."""
WORDS = 24
"""Words of a task, or of an answer, that are looked at."""
KEPT = 512
"""Steps whose glimpses are kept: a task under way is asked about after each of them."""


@dataclass(frozen=True, slots=True)
class Glimpse:
    """What may come back of a step."""

    tool: str
    result: str
    """`e` failed, `s` succeeded, `u` not told."""
    head: str
    """What the call begins with, masked."""
    call: int
    """Digest of the call as it is."""
    said: str
    """Fingerprint of the answer."""
    heard: int
    """Digest of the answer as it is."""
    shape: str
    """Size of the answer: lines and characters, by powers of two and four."""
    words: tuple[str, ...]
    """Of the answer, once each."""
    spoken: tuple[str, ...]
    """Words of the call, once each."""
    reward: float | None

    @property
    def failed(self) -> bool:
        """Whether the environment said so."""
        return self.result == "e"

    @property
    def done(self) -> str:
        """Tool and result."""
        return f"{self.tool}/{self.result}"


@dataclass(frozen=True, slots=True)
class Course:
    """A task and what was done so far."""

    task: str
    """Digest of its words."""
    words: tuple[str, ...]
    domain: str
    agent: str
    steps: tuple[Glimpse, ...]

    def until(self, count: int) -> "Course":
        """The same course when so many steps had been done."""
        return Course(self.task, self.words, self.domain, self.agent, self.steps[:count])

    @property
    def paid(self) -> tuple[float | None, float | None, int, int]:
        """-> (best reward of a step, the latest one, failed steps, calls that were made before)."""
        paid = [round(step.reward, 2) for step in self.steps if step.reward is not None]
        best, latest = (max(paid), paid[-1]) if paid else (None, None)
        repeated = len(self.steps) - len({step.call for step in self.steps})
        return best, latest, sum(step.failed for step in self.steps), repeated


def course_of(task: str, steps: Sequence[Step], domain: str, agent: str) -> Course:
    """A task, its steps so far, and where it is worked on by whom."""
    words = terms(task[:2000])
    return Course(
        task=f"{_digest(' '.join(words)):x}",
        words=tuple(dict.fromkeys(words))[:WORDS],
        domain=domain[:TOOL],
        agent=agent[:TOOL],
        steps=tuple(map(_glimpse, steps)),
    )


def slot(name: str, seen: str) -> str:
    """The row of a view: its name, and a digest of what it sees."""
    return f"{name}{crc32(seen.encode('utf-8', 'replace')) % SLOTS:x}"


@lru_cache(maxsize=KEPT)
def _glimpse(step: Step) -> Glimpse:
    tool = step.tool[:TOOL]
    arguments, answer = step.arguments[:READ], step.observation[:READ]
    failed = step.result in ("error", "timeout")
    return Glimpse(
        tool=tool,
        result="e" if failed else step.result[0],
        head=" ".join(WORD.findall(arguments[:120])[:HEAD]).lower(),
        call=_digest(" ".join(arguments.lower().split())),
        said=_said(answer, arguments),
        heard=_digest(answer),
        shape=f"{len(answer).bit_length() // 2}.{answer.count(chr(10)).bit_length()}",
        words=tuple(dict.fromkeys(terms(answer[:300])))[:WORDS],
        spoken=tuple(dict.fromkeys(terms(arguments[:300])))[:WORDS],
        reward=step.reward,
    )


def _said(answer: str, arguments: str) -> str:
    return fingerprint(answer, frozenset(SAID.findall(arguments)))[:TOOL]


def _digest(text: str) -> int:
    return crc32(text.encode("utf-8", "replace"))
