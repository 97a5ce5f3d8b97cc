"""The wording of what may be done and of what came of it: a verb with its slots, and the lines of an observation.

Floor 2. Below: words. Above: trail, which follows an episode, and features, which describe an option in it.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from tacit.logic.stopwords import STOP_WORDS
from tacit.logic.words import terms
from tacit.types import Step

__all__ = ["Wording", "lines", "said", "telling", "worded"]

WORDS = 24
"""Terms of an option that are read."""
SLOTS = 4
READ = 4_000
"""Characters of an observation that are read."""
LINES = 60
TELLING = 12
"""Words of a task that are read."""
BREAK = re.compile(r"\n|[.;!?]\s")


@dataclass(frozen=True)
class Wording:
    """One thing that can be done, in words, taken apart."""

    text: str
    verb: str
    """The first term."""
    form: str
    """The verb and the function words, with `_` for each slot."""
    slots: tuple[tuple[str, ...], ...]
    """The words between them."""

    @property
    def words(self) -> tuple[str, ...]:
        """Of all slots, once each."""
        return tuple(dict.fromkeys(word for slot in self.slots for word in slot))


def said(step: Step) -> str:
    """What a step did, as an option for doing it again would be worded: its tool, and what for or with what.

    >>> said(Step(tool="git", action="stage the file", arguments="git add a.txt"))
    'git stage the file'
    """
    how = step.action or step.arguments
    return how if how.lower().startswith(step.tool.lower()) else f"{step.tool} {how}".strip()


@lru_cache(maxsize=16_384)
def worded(text: str) -> Wording:
    """Take an option apart.

    >>> worded("put the blue mug in the cupboard").form, worded("put the blue mug in the cupboard").slots
    ('put the _ in the _', (('blue', 'mug'), ('cupboard',)))
    """
    read = terms(text[: 40 * WORDS])[:WORDS] or [""]
    form, slots = [read[0]], []
    run: list[str] = []
    for word in [*read[1:], ""]:
        if word and word not in STOP_WORDS:
            run.append(word)
            continue
        if run:
            slots.append(tuple(run))
            form.append("_")
            run = []
        if word:
            form.append(word)
    return Wording(text, read[0], " ".join(form), tuple(slots[:SLOTS]))


@lru_cache(maxsize=8_192)
def lines(text: str) -> tuple[frozenset[str], ...]:
    """The lines and sentences of a text, each as the set of its words; empty ones are left out.

    >>> [sorted(line) for line in lines("A door is shut. The lamp burns\\n")]
    [['door', 'shut'], ['burn', 'lamp']]
    """
    found = (frozenset(w for w in terms(line) if w not in STOP_WORDS) for line in BREAK.split(text[:READ]))
    return tuple(line for line in found if line)[:LINES]


@lru_cache(maxsize=1_024)
def telling(task: str) -> tuple[str, ...]:
    """The first words of a task that say something, once each."""
    return tuple(dict.fromkeys(word for word in terms(task[:READ]) if word not in STOP_WORDS))[:TELLING]
