"""Asking: a chat model is shown the hottest functions and writes patches; each is checked here before it is tried.

Above: memory, which has the model. Below: logic.refactoring (excerpts, advice, checking).

What leaves the machine is said before it is sent: excerpts of Python files that git tracks, of none that git ignores,
none that judges, none in which a secret was found. What the tests and the benchmark said is not sent.
"""

import sys
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from tacit.chat import Message
from tacit.errors import ModelError
from tacit.logic.ignores import unwanted
from tacit.logic.redaction import redact
from tacit.logic.refactoring.advice import SCHEMA, Advised, Ended, question, read
from tacit.logic.refactoring.checking import checked, key_of_diff
from tacit.logic.refactoring.excerpts import Excerpt, excerpts, hottest
from tacit.logic.refactoring.patch import Patch
from tacit.logic.refactoring.program import Program
from tacit.operations.improve_workspace.errand import Errand
from tacit.operations.improve_workspace.proposing import Note, View
from tacit.ports import ChatModel

__all__ = ["Asking"]

MOST_ASKED = 6
"""Times a run."""
PATIENCE = 2
"""Times about the same texts: the second time it is told what became of the first."""
MOST_SHOWN = 16_000
"""Characters of excerpts, some 5,000 tokens."""
MOST_TOKENS = 4_000
"""Of a reply."""


class Asking:
    """A proposer (`proposing.Proposer`) that asks a model; of one run."""

    def __init__(self, model: ChatModel) -> None:
        self._model = model
        self._at = _at(getattr(model, "address", ""))
        self._asked = self._in_vain = 0
        self._texts: dict[str, str] = {}
        self._told: set[str] = set()
        self._left: list[Advised] = []
        self._shown: frozenset[str] = frozenset()
        self._refused: list[Ended] = []

    def __call__(self, view: View) -> Iterator[Patch | Note]:
        """Patches of a reply, and notes: what is sent, before it is; what is refused, and why. What is left
        of a reply when one of its patches was kept comes first the next time, if it still fits."""
        yield from self._patches(view)
        self._in_vain = self._in_vain + 1 if view.texts == self._texts else 0
        self._texts = dict(view.texts)
        if not view.errand.chat or self._asked >= MOST_ASKED or self._in_vain >= PATIENCE:
            return
        shown, withheld = _shown(view)
        yield from self._news(f"{path} is not shown to {self._model.name}: {why}" for path, why in withheld.items())
        messages = question(shown, measure=_measure(view.errand), ended=[*view.ended(), *self._refused])
        secret = any(redact(one.text)[1] for one in messages)
        if not shown or secret:
            why = "what it would be sent holds a secret" if secret else "no Python function was seen that may be shown"
            yield from self._news([f"{self._model.name} is not asked: {why}"])
            return
        yield Note(self._sending(messages, shown), asks=True)
        self._shown = frozenset(one.path for one in shown)
        yield from self._ask(messages)
        yield from self._patches(view)

    def _ask(self, messages: Sequence[Message]) -> Iterator[Note]:
        name = self._model.name
        self._asked += 1
        try:
            reply = self._model.reply(messages, schema=SCHEMA, most_tokens=MOST_TOKENS)
        except ModelError as error:
            self._asked = MOST_ASKED
            yield Note(f"{name} failed, and is not asked again in this run: {error.cause}")
            return
        if reply.tokens_written:
            yield Note(f"{name} read {reply.tokens_read:,} tokens and wrote {reply.tokens_written:,}")
        found = read(reply.text) if reply.ended else f"the reply was cut off at {MOST_TOKENS:,} tokens"
        if isinstance(found, str):
            yield self._refuse("a reply", found)
            return
        if not found:
            self._in_vain = PATIENCE
            yield Note(f"{name} has nothing to propose")
        self._left = list(found)

    def _patches(self, view: View) -> Iterator[Patch | Note]:
        """What is left of the last reply, checked on the texts as they stand."""
        name = self._model.name
        while self._left:
            advised = self._left.pop(0)
            tried = view.tried.union(key_of_diff(one.diff) for one in view.ended() if one.diff)
            patch = checked(advised, view.texts, shown=self._shown, protected=view.protected, tried=tried, origin=name)
            yield self._refuse(_named(advised), patch) if isinstance(patch, str) else patch

    def _refuse(self, what: str, why: str) -> Note:
        """The owner is told now, the model with the next question."""
        self._refused.append(Ended(description=what, how=f"refused, {why}"))
        return Note(f"refused: of {self._model.name}, {what}: {why}")

    def _sending(self, messages: Sequence[Message], shown: Sequence[Excerpt]) -> str:
        size = sum(len(one.text) for one in messages)
        return f"asks {self._model.name}{self._at}, sends {size:,} characters, excerpts of " + ", ".join(
            one.path for one in shown
        )

    def _news(self, notes: Iterator[str] | Sequence[str]) -> Iterator[Note]:
        """Those that were not told yet."""
        for text in notes:
            if text not in self._told:
                self._told.add(text)
                yield Note(text)


def _shown(view: View) -> tuple[list[Excerpt], dict[str, str]]:
    """-> (what is shown, path -> why a file with hot functions is not)."""
    hot = hottest(Program(view.texts, protected=view.protected), view.observed)
    withheld = {path: why for path in {one.module.path: None for one in hot} if (why := _withheld(view, path))}
    return excerpts([one for one in hot if one.module.path not in withheld], MOST_SHOWN), withheld


def _withheld(view: View, path: str) -> str:
    if path in view.ignored:
        return "git is told to ignore it"
    name = unwanted(PurePosixPath(path).name)
    if name:
        return f"by its name it is {name}"
    return "there is a secret in it" if redact(view.texts[path])[1] else ""


def _measure(errand: Errand) -> str:
    """What the benchmark measures, in words."""
    what = {
        "seconds": "the seconds that it takes",
        "cpu": "the CPU seconds that it takes",
        "stdout": f"{errand.key or 'a number'}, which it prints",
    }[errand.measure]
    words = " ".join("python" if word == sys.executable else word for word in errand.benchmark)
    return f"{what} ({errand.better} is better), of the command `{words}`"


def _at(address: str) -> str:
    """Where it is, in words; nothing where it does not say.

    >>> _at("http://127.0.0.1:8080/v1/chat/completions"), _at("https://example.org/v1/chat/completions")
    (' at 127.0.0.1:8080, on this machine', ' at example.org')
    """
    parts = urlsplit(address)
    host = parts.hostname or ""
    local = host == "localhost" or host.startswith("127.") or host == "::1"
    return f" at {parts.netloc}" + (", on this machine" if local else "") if host else ""


def _named(advised: Advised) -> str:
    files = ", ".join(dict.fromkeys(ascii(one.file)[1:-1][:60] for one in advised.replacements))
    return f"{advised.said or 'a patch'} ({files[:200] or 'no file'})"
