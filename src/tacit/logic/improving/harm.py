"""Harm: who bets on what got worse among live recalls, and what they hold after each of them.

Floor 2, pure. Below: bets. Above: vigil.

Beside a canary a bet is on the difference between new and old by the draw: what else the machine, the work or the
owner's mood does meanwhile falls on both. Alone it is on the new against what was before. Feedback and outcomes are
few, so that both kinds of bet are on them where there is a canary; errors are fewer still, and bet on alone.
"""

from bisect import bisect_left, bisect_right, insort
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from tacit.logic.improving.bets import Bet, holdings

__all__ = ["Observation", "held"]

SLOWER = (1.2, 1.0)
"""Times as long, and milliseconds more, that a recall may take beside a canary: the larger of the two."""
SLOWER_ALONE = (1.5, 2.0)
"""Without one: machines become busy."""
WORSE = 0.05
"""How much the mean loss of feedback and outcomes, in [0, 1], may rise: a tenth of the range of scores."""
FAILING = 0.005
"""Share of recalls that may raise an error beyond what did before."""
PAST = (0.5, 25.0)
"""Errors and recalls that are added to those before: nobody has a past without any risk."""
RECENT = 100
"""Latest times among which the next one takes its rank."""
BUSY = 3
"""Recalls that are one observation where there is no canary."""
FEW = 10
"""Values from before, under which nothing is compared with them."""
SURE = 1.0
"""Standard errors of what was before by which it is widened; the tolerance is beside it."""
RARELY = 0.1
"""Part of a full share that bets on what was hardly ever told before are given."""
STAKES, SMALL = (0.3, 0.6, 0.9), (0.03, 0.1, 0.3)
"""Shares of the most; small ones where an error in a thousand is expected and one in ten is feared."""


@dataclass(frozen=True, kw_only=True)
class Observation:
    """One live recall; what is not known of it is None."""

    candidate: bool = True
    """Whether the new policy answered; without a canary, it answers all."""
    milliseconds: float | None = None
    score: float | None = None
    """Mean feedback on it, in [-1, 1]."""
    failed: bool = False
    """It raised an error."""
    success: float | None = None
    """Of the episode that used it, in [0, 1]."""


Losses = Sequence[float | None]
"""In [0, 1], one a recall; None: not known."""


def held(live: Sequence[Observation], baseline: Sequence[Observation], share: float) -> dict[str, list[float]]:
    """Metric -> what is held on its harm after each live recall; all begin with 1 together."""
    drawn = [one.candidate for one in live] if 0.0 < share < 1.0 else []
    gamblers = [
        ("milliseconds", 1.0, holdings(_on_times(live, baseline, share), STAKES)),
        ("errors", 1.0, holdings(_on_errors(live, baseline), SMALL)),
    ]
    for name, losses, before in (
        ("feedback", [_unhappy(one) for one in live], [_unhappy(one) for one in baseline]),
        ("outcomes", [_failed(one) for one in live], [_failed(one) for one in baseline]),
    ):
        known = [loss for loss in before if loss is not None]
        part = 1.0 if len(known) >= FEW else RARELY
        kinds = [_alone([one.candidate for one in live], losses, known)]
        if drawn:
            kinds.append(_beside(drawn, losses, share, centre=(sum(known) + 0.5) / (len(known) + 1.0)))
        gamblers += [(name, part / len(kinds), holdings(bets, STAKES)) for bets in kinds]
    whole = sum(part for _, part, _ in gamblers)
    found: dict[str, list[float]] = {}
    for name, part, each in gamblers:
        so_far = found.get(name, [0.0] * len(live))
        found[name] = [has + part / whole * one for has, one in zip(so_far, each, strict=True)]
    return found


def _on_times(live: Sequence[Observation], baseline: Sequence[Observation], share: float) -> list[Bet | None]:
    """A loss is the rank of a time among earlier ones; the candidate's are first shortened by what is tolerated."""
    earlier = [one.milliseconds for one in baseline if one.milliseconds is not None]
    candidate = [one.candidate for one in live]
    if not 0.0 < share < 1.0:
        among = sorted(earlier)
        values = [_forgiven(one.milliseconds, SLOWER_ALONE) if one.candidate else None for one in live]
        ranks = _together([_rank(value, among) for value in values])
        return _alone(candidate, ranks, [(place + 0.5) / len(among) for place in range(len(among))], tolerance=0.0)
    recent, ranks = deque(earlier[-RECENT:]), []
    among = sorted(recent)
    for one in live:
        value = _forgiven(one.milliseconds, SLOWER) if one.candidate else one.milliseconds
        ranks.append(_rank(value, among))
        if value is not None:
            recent.append(value)
            insort(among, value)
        if len(recent) > RECENT:
            del among[bisect_left(among, recent.popleft())]
    return _beside(candidate, ranks, share, centre=0.5, tolerance=0.0)


def _on_errors(live: Sequence[Observation], baseline: Sequence[Observation]) -> list[Bet | None]:
    """Against the share of recalls that failed before, and of the old policy's since, and what is tolerated."""
    failed, count, bets = sum(one.failed for one in baseline), len(baseline), list[Bet | None]()
    for one in live:
        if one.candidate:
            expected = min(0.5, (failed + PAST[0]) / (count + PAST[1]) + FAILING)
            bets.append(Bet(one.failed - expected, -expected))
        else:
            failed, count = failed + one.failed, count + 1
            bets.append(None)
    return bets


def _beside(
    candidate: Sequence[bool], losses: Losses, share: float, *, centre: float, tolerance: float = WORSE
) -> list[Bet | None]:
    """By the draw: the mean of (A - p)(Y - m) is p(1 - p) times the effect on the loss Y, whatever else changes (see
    `logic.effect`). m is the mean before it, and takes out variance."""
    weight, bets = float(FEW), list[Bet | None]()
    for new, loss in zip(candidate, losses, strict=True):
        if loss is None:
            bets.append(None)
            continue
        spent = share * (1.0 - share) * tolerance
        least = -max((1.0 - share) * centre, share * (1.0 - centre)) - spent
        bets.append(Bet((new - share) * (loss - centre) - spent, least))
        centre, weight = centre + (loss - centre) / (weight + 1.0), weight + 1.0
    return bets


def _alone(
    candidate: Sequence[bool], losses: Losses, before: Sequence[float], *, tolerance: float = WORSE
) -> list[Bet | None]:
    """Against the mean before, and of the old policy since, widened by its standard error and the tolerance."""
    count, total, squares, bets = len(before), sum(before), sum(loss * loss for loss in before), list[Bet | None]()
    for new, loss in zip(candidate, losses, strict=True):
        if loss is not None and not new:
            count, total, squares = count + 1, total + loss, squares + loss * loss
        if loss is None or not new or count < FEW:
            bets.append(None)
            continue
        mean = total / count
        spread = (max(0.0, squares / count - mean * mean) / count + 0.25 / count**2) ** 0.5
        expected = min(0.9, mean + SURE * spread + tolerance)
        bets.append(Bet(loss - expected, -expected))
    return bets


def _rank(value: float | None, among: Sequence[float]) -> float | None:
    """Share of these, in ascending order, that are less; what is equal counts half."""
    if value is None or len(among) < FEW:
        return None
    return (bisect_left(among, value) + bisect_right(among, value)) / (2.0 * len(among))


def _together(losses: Losses) -> list[float | None]:
    """The mean of each few losses that follow each other, in the place of the last: a machine is busy for a while."""
    found, waiting = list[float | None](), list[float]()
    for loss in losses:
        if loss is not None:
            waiting.append(loss)
        full = len(waiting) == BUSY
        found.append(sum(waiting) / BUSY if full else None)
        waiting = [] if full else waiting
    return found


def _forgiven(milliseconds: float | None, slower: tuple[float, float]) -> float | None:
    times, more = slower
    return None if milliseconds is None else min(milliseconds / times, milliseconds - more)


def _unhappy(one: Observation) -> float | None:
    return None if one.score is None else (1.0 - one.score) / 2.0


def _failed(one: Observation) -> float | None:
    return None if one.success is None else 1.0 - one.success
