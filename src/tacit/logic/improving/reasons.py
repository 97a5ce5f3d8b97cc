"""Reasons: what the judge found, as plain sentences with figures.

Floor 2, pure. Below: paired. Above: judge.
"""

from collections.abc import Sequence

from tacit.improvement import Guard
from tacit.logic.improving.paired import Compared

__all__ = ["amount", "change_of", "faults_of", "left", "said", "worse"]


def faults_of(primary: str, found: Compared, p_value: float, *, level: float, minimum: float) -> list[str]:
    """Why the primary measure is not better; nothing where it is."""
    faults = []
    if p_value > level:
        faults.append(f"luck alone would do that with p = {p_value:.2g}, and this look allows {level:.2g}")
    elif found.low <= 0.0:
        faults.append("its interval reaches over zero")
    if found.change < minimum:
        faults.append(f"less than {amount(primary, minimum)} is not worth a change")
    return faults


def worse(guard: Guard) -> str:
    """How a guard failed."""
    if guard.measure == "regression":
        return f"the cases from failures fell by {-guard.low:.3f}"
    if guard.measure == "chain":
        total, most = amount("quality", -guard.low), amount("quality", guard.margin)
        return f"quality would be {total} under the highest that it stood at, and changes may cost {most} together"
    most, margin = amount(guard.measure, -guard.low), amount(guard.measure, guard.margin)
    return f"{guard.measure} may be worse by {most}, and no more than {margin} is allowed"


def change_of(primary: str, found: Compared, cases: int) -> str:
    """What became of the primary measure."""
    rose, fell = ("rose", "fell") if primary == "quality" else ("fell", "rose")
    low, high = (amount(primary, one, sign="+") for one in (found.low, found.high))
    verb = rose if found.change > 0.0 else fell
    how = f"{primary} {verb} by {amount(primary, abs(found.change))}" if found.change else f"{primary} did not change"
    return f"{how} (gain, 95 %: {low} to {high}) over {cases} cases"


def said(change: str, faults: Sequence[str], p_value: float, *, level: float, equal: bool) -> str:
    """The whole sentence."""
    if not faults:
        return f"better: {change}, p = {p_value:.2g} where {level:.2g} is allowed, and every guard held"
    if equal:
        return f"equal and simpler: {change}, and no measure can have got worse by more than its margin"
    return f"not better: {change}; {'; '.join(faults)}"


def left(guards: Sequence[Guard]) -> str:
    """What remains of the quality that changes may cost together; nothing where that was no term."""
    for guard in guards:
        if guard.measure == "chain":
            spent, rest = amount("quality", abs(guard.low)), amount("quality", max(0.0, guard.margin + guard.low))
            return f"; changes have cost {spent} of quality so far, {rest} is left"
    return ""


def amount(measure: str, value: float, sign: str = "") -> str:
    """Quality as it is, times as percent."""
    return f"{value:{sign}.3f}" if measure in ("quality", "regression") else f"{100 * value:{sign}.1f} %"
