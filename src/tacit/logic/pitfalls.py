"""Pitfalls: what went wrong in similar tasks, how often, and what got past it.

Floor 2. Below: moves, consensus (its runs). Above: playbooks.

Errors are words of tools: they are quoted in one short line, and not at all where they look like an instruction.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from tacit.logic.alignment import aligned
from tacit.logic.consensus import Run
from tacit.logic.fingerprints import fingerprint
from tacit.logic.moves import Move, alike, phrased
from tacit.logic.rules.safety import unsafe
from tacit.types import Item, Pattern

__all__ = ["Pitfalls", "pitfalls"]

MOST = 5
ERRORS = 3
FEW = 5
"""From so many similar episodes on, an error counts that was met in two of them."""
SAME = 0.8
"""From this likeness on two calls are the same one, when failures are told from successes."""
WORSE = 0.1
"""Highest q-value of a pattern of which it is told that it does worse."""
TIMES = 3
"""Calls in a row, none of which did anything new, that are a pitfall."""


@dataclass(frozen=True)
class Pitfalls:
    """Sentences, and the items they come from."""

    lines: tuple[str, ...] = ()
    sources: tuple[Item, ...] = ()


@dataclass
class _Met:
    """One error, wherever it was met."""

    moves: list[Move] = field(default_factory=list)
    runs: dict[str, Run] = field(default_factory=dict)
    cures: list[tuple[Move, float]] = field(default_factory=list)
    """What came next and went well, with the success of its run."""


def pitfalls(runs: Sequence[Run], patterns: Iterable[Item]) -> Pitfalls:
    """At most five sentences: errors met, with what got past them; what failures did and successes did not."""
    found = [*_errors(runs)[:ERRORS], *_told_by_patterns(patterns), *_of_failures(runs), *_repetition(runs)]
    lines: dict[str, tuple[Item, ...]] = {}
    for line, sources in found:
        lines.setdefault(line, sources)
    kept = list(lines.items())[:MOST]
    unique = {item.id: item for _, sources in kept for item in sources}
    return Pitfalls(lines=tuple(line for line, _ in kept), sources=tuple(unique.values()))


Told = tuple[str, tuple[Item, ...]]


def _errors(runs: Sequence[Run]) -> list[Told]:
    """Those met in most runs first."""
    met: dict[tuple[str, str], _Met] = {}
    for run in runs:
        for place, move in enumerate(run.moves):
            if move.failed and move.error:
                one = met.setdefault((move.tool, fingerprint(move.error)), _Met())
                one.moves.append(move)
                one.runs[run.item.id] = run
                cure = _cure(run, place)
                if cure is not None:
                    one.cures.append((cure, run.success or 0.0))
    least = 2 if len(runs) >= FEW else 1
    ordered = sorted(met.items(), key=lambda entry: (-len(entry[1].runs), entry[0]))
    often = [one for _, one in ordered if len(one.runs) >= least]
    return [told for one in often if (told := _of_error(one, len(runs))) is not None]


def _of_error(one: _Met, among: int) -> Told | None:
    message = str(aligned(dict.fromkeys(move.error for move in one.moves)))[:100]
    if unsafe(message):
        return None
    times = f"{len(one.runs)} of {among} similar episodes"
    line = f"{one.moves[0].tool} failed with (unverified output) “{message}” in {times}"
    cured = [move for move, success in one.cures if success >= 1.0]
    usual = _commonest(cured) if cured else []
    if usual and len(usual) * 3 >= len(cured):
        line += f"; what got past it: {phrased(usual)}"
    return line, tuple(run.item for run in list(one.runs.values())[:3])


def _cure(run: Run, place: int) -> Move | None:
    """What stood between the failed call and the time it went well, or that call itself; else the next step that went
    well."""
    later = run.moves[place + 1 :]
    again = next(
        (at for at, move in enumerate(later) if not move.failed and alike(run.moves[place], move) >= SAME), None
    )
    if again is None:
        return next((move for move in later if not move.failed), None)
    return next((move for move in reversed(later[:again]) if not move.failed), later[again])


def _commonest(some: Sequence[Move]) -> list[Move]:
    """The largest group of like moves; the first one's of equals."""
    groups = _groups(some)
    return max(groups, key=len)


def _groups(some: Iterable[Move]) -> list[list[Move]]:
    groups: list[list[Move]] = []
    for move in some:
        home = next((group for group in groups if alike(group[0], move) >= SAME), None)
        if home is None:
            groups.append([move])
        else:
            home.append(move)
    return groups


def _of_failures(runs: Sequence[Run]) -> list[Told]:
    """What most failures did and hardly any success."""
    failed = [run for run in runs if run.success is not None and run.success < 0.5]
    succeeded = [run for run in runs if run.success is not None and run.success >= 1.0]
    if len(failed) < 2 or not succeeded:
        return []
    owners = {id(move): run for run in (*failed, *succeeded) for move in run.moves}
    found: list[tuple[float, Told]] = []
    for group in _groups(move for run in (*failed, *succeeded) for move in run.moves if not move.failed):
        which = {owners[id(move)].item.id: owners[id(move)] for move in group}
        bad = sum((run.success or 0.0) < 0.5 for run in which.values())
        good = len(which) - bad
        difference = bad / len(failed) - good / len(succeeded)
        if bad >= 2 and difference >= 0.4:
            line = f"{phrased(group)}: done in {bad} of {len(failed)} failures and {good} of {len(succeeded)} successes"
            found.append((difference, (line, tuple(run.item for run in list(which.values())[:3]))))
    found.sort(key=lambda entry: (-entry[0], entry[1][0]))
    return [told for _, told in found[:1]]


def _repetition(runs: Sequence[Run]) -> list[Told]:
    """The same failing call over and over."""
    failed = [run for run in runs if run.success is not None and run.success < 0.5]
    stuck = [run for run in failed if _stuck(run)]
    if len(stuck) < 2:
        return []
    line = f"{len(stuck)} of {len(failed)} failures went on with calls that kept failing; change the approach instead"
    return [(line, tuple(run.item for run in stuck[:3]))]


def _stuck(run: Run) -> bool:
    errors = Counter((move.tool, fingerprint(move.error)) for move in run.moves if move.failed)
    return any(count >= TIMES for count in errors.values())


def _told_by_patterns(patterns: Iterable[Item]) -> list[Told]:
    """What recovers from an error, and what is known to do worse than its like."""
    found: list[Told] = []
    for item in patterns:
        seen = item.payload
        if not isinstance(seen, Pattern) or item.trust == "low":
            continue
        total = seen.successes + seen.failures
        counted = f"{seen.successes:g} of {total:g} succeeded"
        said = f"When {seen.condition}: {seen.action}" if seen.condition else seen.action
        if seen.pattern_type == "error_recovery" and seen.count > 1 and seen.successes > seen.failures:
            found.append((f"{said} ({counted})", (item,)))
        elif seen.lift is not None and seen.lift < 0 and seen.q_value is not None and seen.q_value <= WORSE:
            found.append((f"{said}: does worse than its like ({counted})", (item,)))
    return found[:2]
