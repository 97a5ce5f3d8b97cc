"""What comes in by standard input and by files: bounded, decoded, or refused before anything happens."""

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, BinaryIO, get_args

from tacit.errors import InvalidInput, NotFound, TooLarge

__all__ = ["checked_id", "choices", "confirmed", "interactive", "read_input", "text_of"]

STDIN = "-"


def text_of(argument: str, name: str) -> str:
    """An argument as it is, or standard input where it is `-`."""
    if argument != STDIN:
        return argument
    from tacit.logic.limits import TEXT

    # a character takes at most four bytes; what is over the bound in characters is refused where it is recorded
    return read_input(STDIN, name, 4 * TEXT).removesuffix("\n")


def read_input(source: str, name: str, limit: int) -> str:
    """The text of a file, or of standard input (`-`), at most `limit` bytes of UTF-8."""
    if source == STDIN:
        raw = _bounded(sys.stdin.buffer, name, limit)
    else:
        path = Path(source)
        if "\0" in source or not path.exists():
            raise NotFound(f"no file {source}", cause=f"{name} would be read from it", remedy="name a file, or - ")
        if not path.is_file():
            raise InvalidInput(f"{source} is no file", cause="it is a folder or a device", remedy="name a file")
        with path.open("rb") as stream:
            raw = _bounded(stream, name, limit)
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidInput(f"{name} is not UTF-8", cause=str(error)[:200], remedy="convert it to UTF-8") from error


def _bounded(stream: BinaryIO, name: str, limit: int) -> bytes:
    raw = stream.read(limit + 1)
    if len(raw) > limit:
        raise TooLarge(f"{name} is too large", cause=f"it has over {limit} bytes", remedy="shorten or split it")
    return raw


def checked_id(given: str) -> str:
    """An id as it can be looked up. Raises `InvalidInput`, `TooLarge`."""
    from tacit.logic.limits import LABEL
    from tacit.logic.text import checked

    return checked(given, "an id", LABEL)


def choices(given: Iterable[str], allowed: object, what: str) -> list[Any]:
    """Several values of a `Literal`, which Typer checks one of only. Raises `InvalidInput`."""
    chosen = list(given)
    unknown = sorted(set(chosen) - set(get_args(allowed)))
    if unknown:
        known = ", ".join(get_args(allowed))
        raise InvalidInput(f"unknown {what}", cause=ascii(unknown[0])[:80], remedy=f"use one of {known}")
    return chosen


def interactive() -> bool:
    """Whether a person can be asked: both ends are a terminal."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def confirmed(question: str, *, yes: bool, otherwise: str) -> bool:
    """Whether to go on: by --yes, or as a person says. Raises `InvalidInput` where nobody can be asked."""
    if yes:
        return True
    if not interactive():
        raise InvalidInput(
            "nobody said yes", cause=f"{question} There is no terminal to ask on", remedy=f"add --yes{otherwise}"
        )
    import typer

    return typer.confirm(question, err=True)
