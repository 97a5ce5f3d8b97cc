"""Ask a chat model for ideas about dials, where the owner has named one, and keep what it says.

Floor 4. Below: the store, advice, replies. Above: memory.

Whatever goes wrong with a model costs a line in the ledger, and nothing else: the loop goes on with its own ideas.
"""

import time
from collections.abc import Sequence

from tacit.changes import PutLearned
from tacit.chat import Reply
from tacit.errors import ModelError
from tacit.improvement import ADVICE, Consultation, Idea
from tacit.logic.improving.advice import Question, question
from tacit.logic.improving.asking import due
from tacit.logic.improving.bandit import MODEL
from tacit.logic.improving.proposals import Ground
from tacit.logic.improving.replies import ideas_of
from tacit.logic.improving.shelf import entry, every_row, put_rows
from tacit.logic.redaction import redact
from tacit.ports import ChatModel, Scope

__all__ = ["advised", "ask_model"]

MOST_TOKENS = 4_000
"""That it may write: five ideas take 500, and some models think before they speak."""
TOLD = 8
"""Of what was wrong, in the ledger; a line each is kept."""
FAULT = 200
"""Characters of what a model failed with."""


def advised(scope: Scope, model: ChatModel | None) -> tuple[Idea, ...]:
    """What this model said when it last had ideas; none without a model."""
    found: tuple[Idea, ...] = ()
    for one in () if model is None else every_row(scope, ADVICE, Consultation):
        if model is not None and one.origin == f"{MODEL}{model.name}" and one.ideas:
            found = one.ideas
    return found


def ask_model(scope: Scope, model: ChatModel | None, ground: Ground) -> Consultation | None:
    """Ask, if it is time to and there is anything to ask; one call. None: nothing was asked."""
    if model is None:
        return None
    origin = f"{MODEL}{model.name}"
    asked = list(every_row(scope, ADVICE, Consultation))
    if not due(asked, ground.trials, ground.applications, origin=origin, now=scope.clock()):
        return None
    what = question(ground)
    if what is None:
        return None
    begun = time.perf_counter()
    reply, ideas, wrong = _replied(model, what, origin)
    made = Consultation(
        id=scope.new_id(),
        timestamp=scope.clock(),
        origin=origin,
        trials=len(ground.trials),
        ideas=ideas,
        wrong=wrong,
        tokens_read=reply.tokens_read,
        tokens_written=reply.tokens_written,
    )
    told = _told(scope, made, what, seconds=time.perf_counter() - begun)
    scope.store.write(scope.namespace, [put_rows(ADVICE, made), told])
    return made


def _replied(model: ChatModel, what: Question, origin: str) -> tuple[Reply, tuple[Idea, ...], tuple[str, ...]]:
    """The reply, its ideas, and what was wrong with it."""
    try:
        reply = model.reply(what.messages, schema=what.schema, most_tokens=MOST_TOKENS)
    except ModelError as error:
        return Reply(text=""), (), (f"no answer: {' '.join(redact(str(error))[0].split())[:FAULT]}",)
    ideas, wrong = ideas_of(reply.text, what, origin=origin)
    cut = () if reply.ended else (f"it was cut off at {MOST_TOKENS:,} tokens",)
    return reply, ideas, (*cut, *wrong)


def _told(scope: Scope, made: Consultation, what: Question, *, seconds: float) -> PutLearned:
    parts = [_idea(one, what) for one in made.ideas] or ["no idea that could be tried"]
    figures = {"ideas": len(made.ideas), "read": made.tokens_read, "written": made.tokens_written, "s": seconds}
    return entry(
        scope,
        "asked",
        f"{made.origin} was asked for ideas: {'; '.join([*parts, *_few(made.wrong)])}",
        refers=[made.id],
        figures={name: round(float(value), 2) for name, value in figures.items()},
    )


def _idea(idea: Idea, what: Question) -> str:
    moves = ", ".join(f"{name} {what.now[name]:g} -> {value:g}" for name, value in idea.dials.items())
    return f"for {idea.metric} {moves}"


def _few(wrong: Sequence[str]) -> list[str]:
    return [*wrong[:TOLD], *([f"and {len(wrong) - TOLD} more"] if len(wrong) > TOLD else [])]
