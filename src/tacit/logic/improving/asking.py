"""Asking: when a chat model is asked for ideas again.

Floor 2, pure. Below: the nouns of the loop. Above: the verb that asks.

First when there is something to ask, then after ten trials, or a day, whichever is sooner: what was measured since
then is what it can learn from, and where nothing is left to try there will be no further trials. Each question that
led to nothing doubles both, up to eight times as much; an idea that is accepted sets them back.
"""

from collections.abc import Sequence

from tacit.improvement import Application, Consultation, Improvement, Trial

__all__ = ["EVERY", "due"]

EVERY = 10
"""Trials from one question to the next, where the last one led to something."""
DAY = 86_400_000_000
"""Microseconds, likewise."""
DOUBLED = 3
"""Times, at most."""


def due(
    asked: Sequence[Consultation],
    trials: Sequence[tuple[Improvement, Trial]],
    applications: Sequence[Application] = (),
    *,
    origin: str,
    now: int,
) -> bool:
    """Whether the model is to be asked; `asked`, `trials`: all so far, oldest first; `now` in microseconds."""
    mine = [one for one in asked if one.origin == origin]
    if not mine:
        return True
    disappointed = {one.improvement for one in applications if one.state == "rolled back"}
    won = max(
        (
            trial.timestamp
            for improvement, trial in trials
            if improvement.origin == origin
            and improvement.id not in disappointed
            and trial.judgement is not None
            and trial.judgement.accepted
        ),
        default=0,
    )
    barren = sum(one.timestamp >= won for one in mine)
    patience: int = 2 ** min(DOUBLED, max(0, barren - 1))
    last = mine[-1]
    return len(trials) - last.trials >= EVERY * patience or now - last.timestamp >= DAY * patience
