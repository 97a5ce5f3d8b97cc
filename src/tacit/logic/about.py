"""What can be said about any item as it is recorded, checked once, here.

Floor 2. Above: every recording verb passes its keyword arguments through `described`.
"""

import math
import re
from collections.abc import Iterable, Mapping
from typing import Any, TypedDict, cast, get_args

from tacit.errors import InvalidInput, TooLarge
from tacit.logic.limits import LABEL, METADATA_KEYS, METADATA_VALUE, TAGS
from tacit.logic.redaction import redact
from tacit.logic.text import checked
from tacit.logic.times import Time, micros
from tacit.types import Filter, Kind, Trust

__all__ = ["About", "Where", "described", "filtered", "listed", "metadata", "tags", "whole"]

METADATA_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,63}")
KINDS = get_args(Kind)
TRUSTS = get_args(Trust)


class About(TypedDict, total=False):
    """Keyword arguments that every recording call takes."""

    at: Time
    """When it happened; now, if not given."""
    author: str
    session: str
    domain: str
    language: str
    tags: Iterable[str]
    metadata: Mapping[str, str | int | float | bool | None]
    source: str
    trust: Trust
    key: str
    valid_from: Time
    valid_to: Time
    derived_from: Iterable[str]


class Where(TypedDict, total=False):
    """Keyword arguments that restrict a recall, a list, an export: the fields of `Filter`, forgivingly typed."""

    kinds: Iterable[str]
    types: Iterable[str]
    domains: Iterable[str]
    languages: Iterable[str]
    authors: Iterable[str]
    sessions: Iterable[str]
    sources: Iterable[str]
    keys: Iterable[str]
    tags: Iterable[str]
    metadata: Mapping[str, str | int | float | bool | None]
    since: Time | None
    until: Time | None
    valid_at: Time | None
    current: bool
    derived_from: Iterable[str]


LABELS = ("author", "session", "domain", "language", "source", "key")
TIMES = ("valid_from", "valid_to")
LISTS = ("kinds", "types", "domains", "languages", "authors", "sessions", "sources", "keys", "derived_from")


def described(about: About, *, now: int, source: str) -> dict[str, Any]:
    """About -> the fields of an `Item`. Raises `InvalidInput` or `TooLarge`; secrets in metadata are redacted."""
    given = cast("dict[str, Any]", about)
    _refuse_unknown(given, About.__optional_keys__)
    fields: dict[str, Any] = {"created_at": now, "source": source}
    for name in LABELS:
        if given.get(name) is not None:
            fields[name] = checked(given[name], name, LABEL)
    for name in TIMES:
        if given.get(name) is not None:
            fields[name] = micros(given[name], name)
    if given.get("at") is not None:
        fields["created_at"] = micros(given["at"], "at")
    if "valid_from" in fields and "valid_to" in fields and fields["valid_from"] >= fields["valid_to"]:
        raise InvalidInput("the validity is empty", cause="valid_to is not after valid_from", remedy="swap them")
    if given.get("trust") is not None:
        fields["trust"] = _one_of(given["trust"], "trust", TRUSTS)
    if given.get("tags") is not None:
        fields["tags"] = tags(given["tags"])
    if given.get("metadata") is not None:
        fields["metadata"] = metadata(given["metadata"], redacted=True)
    if given.get("derived_from") is not None:
        fields["derived_from"] = _labels(given["derived_from"], "derived_from")
    return fields


def filtered(where: Where) -> Filter:
    """Where -> Filter. Raises `InvalidInput`: an unknown kind or field, a key that is not on the allow-list."""
    given = cast("dict[str, Any]", where)
    _refuse_unknown(given, Where.__optional_keys__)
    fields: dict[str, Any] = {name: _labels(given[name], name) for name in LISTS if given.get(name)}
    for kind in fields.get("kinds", ()):
        _one_of(kind, "kind", KINDS)
    if given.get("tags"):
        fields["tags"] = tags(given["tags"])
    if given.get("metadata"):
        fields["metadata"] = metadata(given["metadata"], redacted=False)
    for name in ("since", "until", "valid_at"):
        if given.get(name) is not None:
            fields[name] = micros(given[name], name)
    return Filter(current=bool(given.get("current", False)), **fields)


def listed(values: object, field: str, allowed: tuple[str, ...]) -> tuple[str, ...]:
    """A caller's choice of some of these. Raises `InvalidInput`."""
    return tuple(_one_of(value, field, allowed) for value in _labels(values, field))


def whole(value: object, field: str, *, least: int = 0) -> int:
    """A caller's whole number of `least` or more. Raises `InvalidInput`."""
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise InvalidInput(
            f"{field} is no such number", cause=ascii(value)[:40], remedy=f"pass a whole number of {least} or more"
        )
    return value


def tags(values: Iterable[str]) -> tuple[str, ...]:
    """Checked, without repetitions, in the order given."""
    found = tuple(dict.fromkeys(_labels(values, "tags")))
    if len(found) > TAGS:
        raise TooLarge("too many tags", cause=f"{len(found)} tags, the bound is {TAGS}", remedy="keep the telling ones")
    return found


def metadata(values: Mapping[str, Any], *, redacted: bool) -> dict[str, str | int | float | bool | None]:
    """Keys from the allow-list, scalar finite values."""
    if not isinstance(values, Mapping):
        raise InvalidInput(
            "metadata is not an object", cause=f"it is {type(values).__name__}", remedy="pass a mapping of scalars"
        )
    if len(values) > METADATA_KEYS:
        raise TooLarge(
            "too much metadata",
            cause=f"{len(values)} keys, the bound is {METADATA_KEYS}",
            remedy="put it into the text",
        )
    return {_metadata_key(key): _scalar(key, value, redacted) for key, value in values.items()}


def _metadata_key(key: object) -> str:
    if not isinstance(key, str) or not METADATA_KEY.fullmatch(key):
        raise InvalidInput(
            "a metadata key is not allowed",
            cause=f"{ascii(key)[:80]} does not match [A-Za-z_][A-Za-z0-9_.-]{{0,63}}",
            remedy="rename the key",
        )
    return key


def _scalar(key: str, value: object, redacted: bool) -> str | int | float | bool | None:
    if isinstance(value, str):
        text = checked(value, f"metadata {key}", METADATA_VALUE)
        return redact(text)[0] if redacted else text
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int) and -(2**63) <= value < 2**63:
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    raise InvalidInput(
        f"metadata {key} has a value that cannot be kept",
        cause=f"{ascii(value)[:80]} is not text, a finite number of 64 bits, true, false or null",
        remedy="flatten it, or put it into the text",
    )


def _labels(values: object, field: str) -> tuple[str, ...]:
    if isinstance(values, str) or not isinstance(values, Iterable):
        raise InvalidInput(f"{field} is not a list", cause=f"it is {ascii(values)[:80]}", remedy="pass a list of texts")
    return tuple(checked(value, field, LABEL) for value in values)


def _one_of(value: object, field: str, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise InvalidInput(
            f"unknown {field}",
            cause=f"{ascii(value)[:80]} is not one of them",
            remedy=f"use one of {', '.join(allowed)}",
        )
    return str(value)


def _refuse_unknown(given: Mapping[str, Any], known: frozenset[str]) -> None:
    unknown = sorted(set(given) - known)
    if unknown:
        raise InvalidInput(
            f"unknown field {unknown[0]!r}",
            cause="nothing here takes it",
            remedy=f"use one of {', '.join(sorted(known))}",
        )
