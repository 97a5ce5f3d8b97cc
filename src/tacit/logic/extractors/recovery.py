"""Recoveries: the errors of a run that were got past, and by what.

Floor 2. Below: run. Above: the extractors of error recoveries, of heuristics, of hybrids.
"""

from dataclasses import dataclass

from tacit.logic.calls import words_said
from tacit.logic.extractors.run import Move, Run, digest, said
from tacit.logic.masking import template

__all__ = ["Recovery", "recoveries", "shown"]

AHEAD = 12
"""Calls after an error within which the same tool must work for the error to be got past."""
PATH = 3
"""Different calls between, the latest."""
SHARED = 2
"""Words that two different calls must have in common for the one to stand for the other."""
INTENT = 60
"""Characters of what the agent meant by a step; longer ones are thoughts, not names of steps."""


@dataclass(frozen=True, slots=True)
class Recovery:
    """One error and its fix."""

    error: Move
    path: tuple[Move, ...]
    """What worked between."""
    fix: Move
    """What worked in the end."""
    action: str
    """In words."""
    key: str
    final: bool
    """Nothing failed after it."""

    @property
    def telling(self) -> bool:
        """Whether it says more than that other arguments did it."""
        return bool(self.path) or self.fix.head != self.error.head

    @property
    def condition(self) -> str:
        """In words, with the safe label of the error."""
        return f"`{self.error.head}` {said(self.error.error)}"

    @property
    def tools(self) -> tuple[str, ...]:
        """Heads of what is to be done, in order."""
        return tuple(dict.fromkeys(move.head for move in (*self.path, self.fix)))


def recoveries(run: Run) -> list[Recovery]:
    """One for each error that a later step got past: the same call worked later, or another one at once instead."""
    found: dict[str, Recovery] = {}
    failures = [move.at for move in run.moves if move.failed]
    for place, move in enumerate(run.moves):
        if not move.failed:
            continue
        ahead = run.moves[place + 1 : place + 1 + AHEAD]
        again = next((index for index, later in enumerate(ahead) if later.head == move.head), None)
        path, fix = _same(move, ahead)
        if fix is None and again is None and ahead and _instead(move, ahead[0], last=len(ahead) == 1):
            path, fix = (), ahead[0]
        if fix is not None:
            made = _made(run, move, path, fix, final=not failures or failures[-1] < fix.at)
            found.setdefault(made.key, made)
    return list(found.values())


def _same(move: Move, ahead: tuple[Move, ...]) -> tuple[tuple[Move, ...], Move | None]:
    """The calls between, and the call of the same head that worked. None where that failed otherwise before: it is
    the later error that was got past."""
    path: dict[str, Move] = {}
    for later in ahead:
        if later.head == move.head:
            if later.worked:
                return tuple(path.values())[-PATH:], later
            if later.error != move.error:
                return (), None
        elif later.worked:
            path[later.head] = later
    return (), None


def _instead(move: Move, later: Move, *, last: bool) -> bool:
    """Whether another call did what this one had failed to do: of the same things, or as the last one of all."""
    if not later.worked:
        return False
    return last or len(_things(move) & _things(later)) >= SHARED


def _things(move: Move) -> set[str]:
    heads = set(move.head.split())
    return {word for word in words_said(move.asked) if len(word) > 2 and word not in heads}


def _made(run: Run, move: Move, path: tuple[Move, ...], fix: Move, *, final: bool) -> Recovery:
    action, kind = _action(run, move, path, fix)
    return Recovery(
        error=move,
        path=path,
        fix=fix,
        action=action,
        key=digest(move.head, move.error, *kind),
        final=final,
    )


def _action(run: Run, move: Move, path: tuple[Move, ...], fix: Move) -> tuple[str, tuple[str, ...]]:
    """-> (in words, what makes it the same fix)"""
    if path:
        between = ", then ".join(shown(run, step) for step in path)
        return f"{between}, then `{fix.head}` again", ("path", *(step.head for step in path))
    if fix.head != move.head:
        return f"use {shown(run, fix)} instead", ("instead", fix.head)
    if fix.asked == move.asked:
        return f"call `{fix.head}` again: the same call worked later", ("again",)
    added = tuple(option for option in fix.call.options if option not in move.call.options)
    if added and fix.call.command:
        return f"call {shown(run, fix)}", ("options", *added[:2])
    return f"call `{fix.head}` again with other arguments", ("arguments",)


def shown(run: Run, move: Move) -> str:
    """A call as it is told: its masked line, and what the agent meant by it where it said so shortly."""
    step = run.steps[move.at]
    intent = template(step.action).replace("<*>", "\u2026") if 0 < len(step.action) <= INTENT else ""
    line = f"`{move.call.line}`"
    return f"{line} ({intent})" if intent and intent.lower() not in move.call.line.lower() else line
