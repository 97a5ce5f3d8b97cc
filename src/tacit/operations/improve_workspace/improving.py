"""Improve a workspace: on a copy, in a sandbox, patch by patch; what is better becomes a commit of the workspace.

Above: the package. Below: errand, repository, running, proposing, judging, keeping.
"""

import ast
import contextlib
import itertools
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np

from tacit.errors import InvalidInput
from tacit.improvement import Judgement
from tacit.logic.refactoring.advice import Ended
from tacit.logic.refactoring.diffs import unified
from tacit.logic.refactoring.patch import Observed, Patch
from tacit.operations.improve_workspace.asking import Asking
from tacit.operations.improve_workspace.errand import Errand, read_errand
from tacit.operations.improve_workspace.judging import Pairs, judged, measured
from tacit.operations.improve_workspace.keeping import FAILED, Book, Tried
from tacit.operations.improve_workspace.proposing import PROPOSERS, Note, Proposer, View, check_dials
from tacit.operations.improve_workspace.repository import ORIGIN, TRAILER, Clone, checked
from tacit.operations.improve_workspace.running import Bench
from tacit.ports import ChatModel, Sandbox, Scope
from tacit.types import Value

__all__ = ["WorkspaceProgress", "improve_workspace"]

LARGEST = 500_000
"""Characters of a file that is read: what is larger is data."""
MOST_FILES = 5_000


class WorkspaceProgress(Value, frozen=True, kw_only=True):
    """Where it is; the last one has done what it says."""

    stage: Literal["checking", "observing", "asking", "trying", "tried", "done"]
    text: str = ""
    done: float = 0.0
    """Of the patch that is being tried, the share that was measured."""
    before: float = 0.0
    """The benchmark at the start (mean of the old side of the first trial)."""
    after: float = 0.0
    """The benchmark with all that was kept: `before`, less each measured gain."""
    tried: tuple[Tried, ...] = ()
    commits: tuple[str, ...] = ()
    start: str = ""
    """Commit that the workspace stood at."""
    sandbox: str = ""
    notes: tuple[str, ...] = ()
    """What a chat model was sent, where one was asked, and what of its replies was refused, and why."""


def improve_workspace(
    folder: Path,
    *,
    sandbox: Sandbox,
    scope: Scope | None = None,
    proposers: Sequence[Proposer] = PROPOSERS,
    chat: ChatModel | None = None,
    flags: Mapping[str, Any],
) -> Iterator[WorkspaceProgress]:
    """Try patches on a copy of the git repository in `folder`; yields progress, and may be left at any step: what was
    kept until then is committed, nothing else is changed.

    `flags`: benchmark, test (commands), measure (seconds, cpu, stdout), key, better, trials, rounds, refactorings;
    what is not given is read from `tacit-improve.toml`. `chat`: a model that is asked after the proposers. Raises
    `NotFound`, `InvalidInput` (no repository; tests that fail, a benchmark that does not measure; a dial that fits
    nowhere), `Conflict` (a tree that is not clean, or that changed meanwhile), `SandboxError`.
    """
    workspace = checked(folder)
    errand = read_errand(workspace, flags)
    with _folder() as there:
        clone = Clone(workspace, there / "clone")
        state = _State(
            clone=clone, errand=errand, sandbox=sandbox, there=there, book=Book(scope, workspace, sandbox.name)
        )
        yield state.told("checking")
        state.check()
        yield from _search(state, proposers if chat is None else (*proposers, Asking(chat)))
        yield state.told("done")


@dataclass
class _State:
    """One run."""

    clone: Clone
    errand: Errand
    sandbox: Sandbox
    there: Path
    book: Book
    tried: list[Tried] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    observed: Observed = field(default_factory=lambda: Observed(functions={}))
    start: str = ""
    left: set[str] = field(default_factory=set)
    """Keys of patches that would lead back to where it was worse."""

    def __post_init__(self) -> None:
        self.start = self.clone.head()
        self.ignored = frozenset(self.clone.ignored())
        (self.there / "run").mkdir()
        self.old, self.new = (Bench(self.sandbox, self.errand, self.there / "run" / name) for name in ("old", "new"))

    def check(self) -> None:
        """Whether what is there can be measured at all. Raises `InvalidInput`."""
        self.clone.export(self.old.folder)
        failure = self.old.test()
        if failure:
            raise InvalidInput(
                "the tests fail before anything was changed",
                cause=failure,
                remedy="see that they pass in a fresh clone, offline; what they need beside it is named by `reads`",
            )
        self.clone.export(self.old.folder)
        self.old.measure()
        check_dials(self.view())

    def view(self) -> View:
        """What proposers see now."""
        texts = {}
        for path in self.clone.files()[:MOST_FILES]:
            text = self.clone.read(path)
            if text is not None and len(text) <= LARGEST:
                texts[path] = text
        tried = frozenset({one.key for one in self.tried} | self.left)
        return View(texts, self.observed, self.errand, tried, self.ended, self.ignored)

    def ended(self) -> tuple[Ended, ...]:
        """What was tried, in this run and before."""
        return (
            *self.book.earlier,
            *(
                Ended(
                    description=one.description,
                    how=("kept, " if one.commit else "") + one.judgement.reason if one.judgement else FAILED,
                    diff=one.diff,
                    mine=bool(one.origin),
                )
                for one in self.tried
            ),
        )

    def noted(self, note: Note) -> WorkspaceProgress:
        """A note is kept before its proposer goes on."""
        self.notes.append(note.text)
        self.book.asked(note.text)
        return self.told("asking", note.text)

    def told(self, stage: Any, text: str = "", done: float = 0.0) -> WorkspaceProgress:
        """Progress as it stands."""
        kept = [one for one in self.tried if one.commit]
        measured_ones = [one for one in self.tried if one.before > 0.0]
        before = measured_ones[0].before if measured_ones else 0.0
        after = before
        for one in kept:
            after *= one.after / one.before
        return WorkspaceProgress(
            stage=stage,
            text=text,
            done=done,
            before=before,
            after=after,
            tried=tuple(self.tried),
            commits=tuple(one.commit for one in kept),
            start=self.start,
            sandbox=self.sandbox.name,
            notes=tuple(self.notes),
        )


def _search(state: _State, proposers: Sequence[Proposer]) -> Iterator[WorkspaceProgress]:
    """Try what is proposed, and propose anew after each patch that was kept, and after a model was asked."""
    again = kept = True
    while again and len(state.tried) < state.errand.trials:
        if kept:
            yield state.told("observing", "one run of the benchmark is watched")
            state.clone.export(state.old.folder)
            state.observed = state.old.observe()
        view = state.view()
        again = kept = False
        for proposed in itertools.chain.from_iterable(proposer(view) for proposer in proposers):
            if isinstance(proposed, Note):
                again = again or proposed.asks
                yield state.noted(proposed)
            elif proposed.key not in view.tried:
                yield from _try(state, view, proposed)
                kept = bool(state.tried[-1].commit)
                again = again or kept
                if kept or len(state.tried) >= state.errand.trials:
                    break


def _try(state: _State, view: View, patch: Patch) -> Iterator[WorkspaceProgress]:
    """One patch: tests, measurement, tests, verdict."""
    diff = unified(view.texts, patch.files)
    pairs: Pairs | None = None
    state.old.forget()
    state.new.forget()
    state.clone.export(state.old.folder)
    state.clone.export(state.new.folder, patch.files)
    yield state.told("trying", f"{patch.description}: tests")
    failure = _unsound(patch) or state.new.test()
    if not failure:
        try:
            for pairs in measured(
                state.old, state.new, rounds=state.errand.rounds, same=patch.same, minimum=state.errand.minimum
            ):
                yield state.told("trying", patch.description, len(pairs.old) / state.errand.rounds)
                state.clone.export(state.old.folder)
                state.clone.export(state.new.folder, patch.files)
        except InvalidInput as error:
            failure, pairs = f"the benchmark failed: {error.cause}", None
    _conclude(state, patch, diff, pairs, failure)
    yield state.told("tried", state.tried[-1].reason)


def _conclude(state: _State, patch: Patch, diff: str, pairs: Pairs | None, failure: str) -> None:
    judgement = None
    if pairs is not None and not failure:
        judgement = judged(
            pairs, rounds=state.errand.rounds, minimum=state.errand.minimum, history=state.book.judgements
        )
        if judgement.accepted:
            failure = state.new.test()
    accepted = judgement is not None and judgement.accepted and not failure
    before, after = (float(np.mean(side)) if side else 0.0 for side in ((pairs.old, pairs.new) if pairs else ((), ())))
    one = Tried(
        key=patch.key,
        description=patch.description,
        kind=patch.kind,
        diff=diff,
        accepted=accepted,
        reason=f"tests: {failure}" if failure else judgement.reason if judgement else "",
        judgement=None if failure else judgement,
        before=before,
        after=after,
        seconds=pairs.seconds if pairs else 0.0,
        origin=patch.origin,
    )
    undo: dict[str, str] = {}
    if accepted:
        undo = {"parent": state.clone.head(), "tree": state.clone.tree()}
        commit = state.clone.commit(patch.files, _message(state.errand, one))
        state.clone.deliver()
        state.left.add(patch.inverse)
        undo["commit"] = commit
        one = Tried(**{**{name: getattr(one, name) for name in one.__struct_fields__}, "commit": commit})
    state.tried.append(one)
    state.book.tried(one, pairs, undo=undo)


def _unsound(patch: Patch) -> str:
    """Why a patch is not even run."""
    for path, text in patch.files.items():
        if path.endswith(".py"):
            try:
                ast.parse(text)
            except (SyntaxError, ValueError) as error:
                return f"{path} would be no Python: {error}"
    return ""


def _message(errand: Errand, one: Tried) -> str:
    """What was changed, what it brought, how it is taken back."""
    judgement = one.judgement or Judgement(primary="benchmark", accepted=False, reason="")
    better = "higher is better" if errand.better == "higher" else "lower is better"
    before, after = (1.0 / x if errand.better == "higher" else x for x in (one.before, one.after))
    short = len(one.description) <= 72
    subject = one.description if short else f"{one.description[:69]}...\n\n{one.description}"
    return (
        f"{subject}\n\n"
        f"Benchmark ({errand.measure}, {better}): {before:.4g} before, {after:.4g} after, in {judgement.cases} pairs.\n"
        f"Saved: {judgement.change:.1%}, 95 % interval {judgement.low:.1%} to {judgement.high:.1%} "
        f"(p {judgement.p_value:.2g}, level {judgement.level:.2g}). The tests pass.\n"
        f"Taken back by: git revert --no-edit THIS, or tacit improve --workspace . --revert THIS\n\n"
        f"{TRAILER}: {one.key.splitlines()[0]}\n{_origin(one)}"
    )


def _origin(one: Tried) -> str:
    return f"{ORIGIN}: {' '.join(one.origin.split())}\n" if one.origin else ""


@contextlib.contextmanager
def _folder() -> Iterator[Path]:
    """A folder of ours that is gone afterwards."""
    made = Path(tempfile.mkdtemp(prefix="tacit-workspace-")).resolve()
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)
