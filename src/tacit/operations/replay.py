"""Replay: the same recalls under an old and a new way to answer them, one beside the other.

Floor 4. Below: logic.improving.quality. Above: tacit.replaying, which runs this inside the sandbox.
"""

import resource
from collections.abc import Callable, Sequence

from tacit.improvement import Case
from tacit.logic.improving.quality import ndcg
from tacit.types import Value

__all__ = ["Answerer", "Replayed", "replay"]

Answerer = Callable[[Case], Sequence[str]]
"""A case -> ids of what is shown, best first."""

WARM = 5
"""Cases that are asked before anything is measured: pages are read, caches filled, code is warm."""


class Replayed(Value, frozen=True, kw_only=True):
    """Per case, in their order: what was measured on both sides."""

    quality: tuple[tuple[float, ...], tuple[float, ...]]
    """(old, new): nDCG@k."""
    milliseconds: tuple[tuple[float, ...], tuple[float, ...]]
    """(old, new): CPU time of this process, so that what else the machine does counts little."""


def replay(cases: Sequence[Case], old: Answerer, new: Answerer, *, rounds: int = 1) -> Replayed:
    """Answer each case on both sides; who goes first alternates. Of several rounds the least time counts."""
    sides = (old, new)
    for case in cases[:WARM]:
        for side in sides:
            side(case)
    quality: tuple[list[float], list[float]] = ([], [])
    spent: tuple[list[float], list[float]] = ([], [])
    for number, case in enumerate(cases):
        best = [float("inf"), float("inf")]
        shown: list[Sequence[str]] = [(), ()]
        for turn in range(rounds):
            for which in (0, 1) if (number + turn) % 2 else (1, 0):
                begun = _spent()
                shown[which] = sides[which](case)
                best[which] = min(best[which], _spent() - begun)
        for which in (0, 1):
            quality[which].append(ndcg(shown[which], case.relevant, case.k))
            spent[which].append(best[which])
    return Replayed(quality=(tuple(quality[0]), tuple(quality[1])), milliseconds=(tuple(spent[0]), tuple(spent[1])))


def _spent() -> float:
    """CPU milliseconds of this process, all threads. Not `time.process_time`: where a limit on CPU time is set, the
    kernel counts that clock in ticks of 4 ms."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return (used.ru_utime + used.ru_stime) * 1000.0
