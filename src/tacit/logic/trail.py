"""A trail: what an episode has done, been told and been paid so far.

Floor 2. Below: wording. Above: features, which describe an option at this point of the trail; values.
"""

from dataclasses import dataclass, field

from tacit.logic.wording import lines, said, telling, worded
from tacit.types import Step

__all__ = ["Told", "Trail", "bucket"]

FRESH = 12
"""Words told for the first time that are remembered of a step."""
TIMES = 4
"""Earlier times that the same was done which are looked at."""
MUCH = 4
"""Words never told before that make an observation wholly new."""


def bucket(count: int) -> int:
    """Counts by their size: 0, 1, 2, 3, then doubling, at most 9.

    >>> [bucket(count) for count in (0, 3, 4, 8, 40, 9999)]
    [0, 3, 4, 5, 7, 9]
    """
    return max(0, count) if count < 4 else min(2 + count.bit_length() - 1, 9)


@dataclass(frozen=True)
class Told:
    """A line of an observation that had not been told before, and the verb of the step that brought it out."""

    verb: str
    words: frozenset[str]


@dataclass
class Trail:
    """Grows by a step at a time; `add` returns how new the step's observation was."""

    task: str
    done: dict[str, tuple[int, str]] = field(default_factory=dict)
    """What was done, in words -> how often, and what came of it the last time."""
    when: dict[str, list[tuple[frozenset[frozenset[str]], str]]] = field(default_factory=dict)
    """What was done -> the lines that stood there before, and what came of it; the last few times."""
    touched: dict[tuple[str, ...], tuple[str, str]] = field(default_factory=dict)
    """Slot -> form of the last step that named it, and what came of that."""
    told: list[Told] = field(default_factory=list)
    where: dict[str, list[int]] = field(default_factory=dict)
    """Word -> places in `told`."""
    known: set[frozenset[str]] = field(default_factory=set)
    seen: set[str] = field(default_factory=set)
    now: tuple[frozenset[str], ...] = ()
    """Lines of the last observation."""
    fresh: tuple[str, ...] = ()
    """Words that the last observation told for the first time."""
    trouble: tuple[str, ...] = ()
    """The first words of the last error."""
    last: str = ""
    """Form of the last step."""
    came: str = ""
    """What came of it: e(rror), p(aid), l(ost), c(hanged), s(ame)."""
    last_words: tuple[str, ...] = ()
    count: int = 0
    stale: int = 0
    """Steps since anything new was told."""
    paid: int = 0
    """Steps that were paid for."""
    total: float = 0.0
    best: float = 0.0
    """The highest total so far."""

    def add(self, step: Step) -> float:
        """-> how new what it told was: 0 nothing, 1 four words or more that had not been told before."""
        did = worded(said(step))
        brought = [line for line in lines(step.observation) if line not in self.known]
        fresh = self._tell(did.verb, brought)
        self._pay(step.reward or 0.0)
        self.came = self._came(step, changed=bool(brought))
        if self.came == "e":
            self.trouble = telling(step.observation)
        self.seen.add(step.observation)
        self.when.setdefault(did.text, []).append((frozenset(self.now), self.came))
        self.done[did.text] = (self.done.get(did.text, (0, ""))[0] + 1, self.came)
        for slot in did.slots:
            self.touched[slot] = (did.form, self.came)
        self.now, self.fresh = lines(step.observation), tuple(fresh[:FRESH])
        self.last, self.last_words = did.form, did.words[:3]
        self.count += 1
        self.stale = 0 if fresh else self.stale + 1
        return min(1.0, len(fresh) / MUCH)

    def before(self, option: str) -> str:
        """How much alike the situation was that it was done in before, and what came of it: the most alike, the last.

        0 never, 1 elsewhere, 2 in a similar one, 3 in much the same.
        """
        best, found = 0.0, "0"
        now = frozenset(self.now)
        for then, came in self.when.get(option, ())[-TIMES:]:
            alike = len(now & then) / max(len(now), len(then), 1)
            if alike >= best:
                best, found = alike, f"{1 + (alike >= 0.4) + (alike >= 0.8)}{came}"
        return found

    def _tell(self, verb: str, brought: list[frozenset[str]]) -> list[str]:
        fresh: set[str] = set()
        for line in brought:
            self.known.add(line)
            for word in line:
                if word not in self.where:
                    fresh.add(word)
                self.where.setdefault(word, []).append(len(self.told))
            self.told.append(Told(verb, line))
        return sorted(fresh)

    def _pay(self, reward: float) -> None:
        self.paid += reward > 0
        self.total += reward
        self.best = max(self.best, self.total)

    def _came(self, step: Step, *, changed: bool) -> str:
        if step.result in ("error", "timeout"):
            return "e"
        if step.reward:
            return "p" if step.reward > 0 else "l"
        return "c" if changed and step.observation not in self.seen else "s"
