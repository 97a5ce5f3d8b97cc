"""What is asked for: commands, dials, limits; read from `tacit-improve.toml` in the workspace, flags go before it.

Above: the verb.
"""

import shlex
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any, Literal

import msgspec

from tacit.errors import InvalidInput
from tacit.improvement import Limits
from tacit.logic.refactoring.dials import Dial
from tacit.types import Value

__all__ = ["FILE", "Errand", "read_errand"]

FILE = "tacit-improve.toml"
ROUNDS = 16
"""Pairs of a trial: so many that all agree have a p-value of 0.000015, enough for the thirtieth look without a find."""
LEAST_ROUNDS = 6


class Bounds(Value, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Table `[limits]`."""

    seconds: float = 120.0
    memory_mb: int = 2048
    processes: int = 32
    file_mb: int = 1024
    trials: int = 20
    rounds: int = ROUNDS
    minimum_percent: float = 3.0


class File(Value, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The file as it is written."""

    benchmark: str = ""
    test: str = ""
    measure: Literal["seconds", "cpu", "stdout"] = "seconds"
    key: str = ""
    better: Literal["lower", "higher"] = "lower"
    refactorings: bool = True
    chat: bool = True
    reads: tuple[str, ...] = ()
    dial: tuple[dict[str, Any], ...] = ()
    limits: Bounds = Bounds()


class Errand(Value, frozen=True, kw_only=True):
    """What is asked for, checked."""

    benchmark: tuple[str, ...]
    test: tuple[str, ...]
    measure: Literal["seconds", "cpu", "stdout"] = "seconds"
    """Time that the benchmark takes, CPU time of it and its children, or the number that it prints last."""
    key: str = ""
    """Where it prints JSON: which member is the number; dots lead inwards."""
    better: Literal["lower", "higher"] = "lower"
    refactorings: bool = True
    chat: bool = True
    """Whether a chat model may be shown excerpts, where the owner has named one; the file can only forbid it."""
    dials: tuple[Dial, ...] = ()
    reads: tuple[Path, ...] = ()
    """Folders beside the workspace that its programs may read."""
    trials: int = 20
    rounds: int = ROUNDS
    minimum: float = 0.03
    """What is not worth a commit, though it were certain; a share of the old."""
    limits: Limits = Limits()


def read_errand(workspace: Path, flags: Mapping[str, Any]) -> Errand:
    """What the file says and the flags (names of `Errand`'s fields, commands as one text). Raises `InvalidInput`."""
    file = _file(workspace / FILE)
    given = {name: value for name, value in flags.items() if value not in (None, "")}
    unknown = sorted(set(given) - {"benchmark", "test", "measure", "key", "better", "trials", "rounds", "refactorings"})
    if unknown:
        raise InvalidInput("an option is not known", cause=", ".join(unknown), remedy="see `tacit improve --help`")
    measure, better = given.get("measure", file.measure), given.get("better", file.better)
    if measure not in ("seconds", "cpu", "stdout") or better not in ("lower", "higher"):
        raise _bad(
            f"measure {measure!r} and better {better!r}", "measure is seconds, cpu or stdout; better lower or higher"
        )
    bounds = file.limits
    rounds, trials = given.get("rounds", bounds.rounds), given.get("trials", bounds.trials)
    if not LEAST_ROUNDS <= rounds <= 1000 or not 1 <= trials <= 1000 or not 0.0 <= bounds.minimum_percent < 100.0:
        raise _bad("rounds, trials or minimum_percent is out of bounds", "6 to 1000, 1 to 1000, 0 to 100")
    if min(bounds.seconds, bounds.memory_mb, bounds.processes, bounds.file_mb) <= 0:
        raise _bad("a limit is not over 0", "see [limits]")
    return Errand(
        benchmark=_command(given.get("benchmark", file.benchmark), "benchmark"),
        test=_command(given.get("test", file.test), "test"),
        measure=measure,
        key=given.get("key", file.key),
        better=better,
        refactorings=given.get("refactorings", file.refactorings),
        chat=file.chat,
        dials=tuple(_dial(one) for one in file.dial),
        reads=tuple(_folder(workspace, one) for one in file.reads),
        trials=trials,
        rounds=rounds,
        minimum=bounds.minimum_percent / 100.0,
        limits=Limits(
            seconds=bounds.seconds,
            cpu_seconds=bounds.seconds,
            memory_mb=bounds.memory_mb,
            processes=bounds.processes,
            file_mb=bounds.file_mb,
        ),
    )


def _file(path: Path) -> File:
    if not path.is_file():
        return File()
    try:
        return msgspec.convert(tomllib.loads(path.read_text("utf-8")), File, strict=False)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as error:
        known = f"it may hold {', '.join(File.__struct_fields__)}; [limits] {', '.join(Bounds.__struct_fields__)}"
        raise _bad(f"{FILE} cannot be read: {error}", known) from None


def _command(text: str, which: str) -> tuple[str, ...]:
    """The words of a command; no shell reads it. `python` is the interpreter that runs tacit."""
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise _bad(f"the {which} command {text!r}: {error}", "quote it as for a shell") from None
    if not words:
        raise _bad(f"no {which} command", f'pass --{which} COMMAND, or write {which} = "COMMAND" into {FILE}')
    return (sys.executable, *words[1:]) if words[0] in ("python", "python3") else tuple(words)


def _dial(raw: Mapping[str, Any]) -> Dial:
    known = set(Dial.__struct_fields__)
    try:
        dial = msgspec.convert(dict(raw), Dial)
    except msgspec.ValidationError as error:
        raise _bad(
            f"a dial: {error}", "a dial has name, file, constant or pattern, and values or low and high"
        ) from None
    if set(raw) - known:
        raise _bad(f"a dial has {', '.join(sorted(set(raw) - known))}", f"it may have {', '.join(sorted(known))}")
    ranged = dial.low is not None and dial.high is not None
    if bool(dial.constant) == bool(dial.pattern) or bool(dial.values) == ranged:
        raise _bad(f"the dial {dial.name!r}", "it needs constant or pattern, and values or low and high: one of each")
    low, high = dial.low or 0.0, dial.high or 0.0
    if ranged and (low >= high or (dial.scale == "log" and low <= 0.0)):
        raise _bad(f"the dial {dial.name!r}", "low must be under high, and over 0 on a log scale")
    path = PurePosixPath(dial.file)
    if path.is_absolute() or ".." in path.parts or not dial.file or dial.file == FILE:
        raise _bad(f"the dial {dial.name!r} is in {dial.file!r}", "name a file within the workspace")
    return dial


def _folder(workspace: Path, name: str) -> Path:
    path = (workspace / name).resolve()
    if not path.exists():
        raise _bad(f"reads = {name!r}", "name a folder or file that exists")
    return path


def _bad(cause: str, remedy: str) -> InvalidInput:
    return InvalidInput("this improvement cannot be tried", cause=cause, remedy=remedy)
