"""Ask a chat model for ideas about dials, where the owner has named one, beside the loop, and keep what it says.

Floor 4. Below: the store, advice, replies. Above: memory, which makes one `Asking` for each run of the loop.

Whatever goes wrong with a model costs a line in the ledger: the loop goes on with its own ideas. A slow one is waited
for a minute, and heard when it has answered, if need be in the next run. The call has a thread of its own; all else is
done in that of the loop.
"""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tacit.changes import PutLearned
from tacit.chat import Reply
from tacit.errors import TacitError
from tacit.improvement import ADVICE, Consultation, Idea
from tacit.logic.improving.advice import Question, question
from tacit.logic.improving.asking import due
from tacit.logic.improving.bandit import MODEL
from tacit.logic.improving.proposals import Ground
from tacit.logic.improving.replies import ideas_of
from tacit.logic.improving.shelf import entry, every_row, put_rows
from tacit.logic.redaction import redact
from tacit.ports import ChatModel, Scope

__all__ = ["Asking", "advised"]

MOST_TOKENS = 4_000
"""That it may write: five ideas take 500, and some models think before they speak."""
PATIENCE = 60.0
"""Seconds that the loop waits for an answer, once when it asks and once when it ends."""
TOLD = 8
"""Of what was wrong, in the ledger; a line each is kept."""
FAULT = 200
"""Characters of what a model failed with."""


def advised(scope: Scope, model: ChatModel | None) -> tuple[Idea, ...]:
    """What this model said when it last had ideas; none without a model."""
    if model is None:
        return ()
    said = [one.ideas for one in every_row(scope, ADVICE, Consultation) if one.origin == _origin(model) and one.ideas]
    return said[-1] if said else ()


@dataclass
class _Call:
    """One question that is under way."""

    question: Question
    trials: int
    begun: float
    waited: bool = False
    answered: threading.Event = field(default_factory=threading.Event)
    reply: Reply | None = None
    error: str = ""


class Asking:
    """The questions to a model in one run of the loop, one at a time."""

    def __init__(self, scope: Scope, model: ChatModel | None) -> None:
        self._scope = scope
        self._model = model
        self._call: _Call | None = None

    def turn(self, ground: Callable[[], Ground]) -> None:
        """Ask, if it is time to and there is anything to ask; take what has been answered. At most one call."""
        if self._model is None:
            return
        if self._call is None:
            self._call = self._begun(self._model, ground())
        call = self._call
        if call is not None and call.answered.wait(0.0 if call.waited else PATIENCE):
            self._keep(self._model, call)
        elif call is not None:
            call.waited = True

    def close(self, *, interrupted: bool = False) -> None:
        """The run ends: what has not been answered by then is waited for once more, unless somebody ended it."""
        if self._model is None or self._call is None:
            return
        if not self._call.answered.wait(0.0 if interrupted else PATIENCE):
            self._call.error = "it had not answered when the run ended"
        self._keep(self._model, self._call)

    def _begun(self, model: ChatModel, ground: Ground) -> _Call | None:
        asked = list(every_row(self._scope, ADVICE, Consultation))
        now = self._scope.clock()
        if not due(asked, ground.trials, ground.applications, origin=_origin(model), now=now):
            return None
        what = question(ground)
        if what is None:
            return None
        call = _Call(question=what, trials=len(ground.trials), begun=time.perf_counter())
        threading.Thread(target=_ask, args=(model, call), name="tacit-ask", daemon=True).start()
        return call

    def _keep(self, model: ChatModel, call: _Call) -> None:
        self._call = None
        reply = call.reply or Reply(text="")
        ideas, wrong = ideas_of(reply.text, call.question, origin=_origin(model))
        if call.reply is None:
            wrong = (f"no answer: {call.error}",)
        made = Consultation(
            id=self._scope.new_id(),
            timestamp=self._scope.clock(),
            origin=_origin(model),
            trials=call.trials,
            ideas=ideas,
            wrong=wrong if reply.ended else (f"it was cut off at {MOST_TOKENS:,} tokens", *wrong),
            tokens_read=reply.tokens_read,
            tokens_written=reply.tokens_written,
        )
        told = _told(self._scope, made, call, seconds=time.perf_counter() - call.begun)
        self._scope.store.write(self._scope.namespace, [put_rows(ADVICE, made), told])


def _ask(model: ChatModel, call: _Call) -> None:
    """In a thread of its own, which ends with the process if the model never answers."""
    try:
        call.reply = model.reply(call.question.messages, schema=call.question.schema, most_tokens=MOST_TOKENS)
    except TacitError as error:
        call.error = " ".join(redact(str(error))[0].split())[:FAULT]
    except Exception as error:  # noqa: BLE001 - the owner's own object: its faults are told in the ledger, too
        call.error = f"it raised {type(error).__name__}, which no chat model may"
    finally:
        call.answered.set()


def _told(scope: Scope, made: Consultation, call: _Call, *, seconds: float) -> PutLearned:
    parts = [_idea(one, call.question) for one in made.ideas] or ["no idea that could be tried"]
    tokens = {"tokens_read": made.tokens_read, "tokens_written": made.tokens_written}
    figures = {"ideas": len(made.ideas), **{name: count for name, count in tokens.items() if count}, "seconds": seconds}
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


def _origin(model: ChatModel) -> str:
    return f"{MODEL}{model.name}"
