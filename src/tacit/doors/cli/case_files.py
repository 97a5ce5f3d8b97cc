"""Files of cases: what questions should find, one JSON object a line; all of it checked before any of it is kept."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Annotated, Any, cast

import msgspec

from tacit.errors import InvalidInput, NotFound
from tacit.logic.about import Where, filtered
from tacit.logic.limits import LABEL, QUERY
from tacit.logic.redaction import redact
from tacit.logic.text import checked, loads
from tacit.types import Filter

if TYPE_CHECKING:
    from tacit.improvement import Case
    from tacit.memory import Memory

__all__ = ["BYTES", "CaseInput", "add_cases", "read_cases"]

BYTES = 50_000_000
"""Of a file."""
Grade = Annotated[float, msgspec.Meta(gt=0, le=1)]
EXAMPLE = '{"query": "which port", "relevant": ["ID"], "k": 10, "filters": {"kinds": ["fact"]}}'


class CaseInput(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A line of the file."""

    query: Annotated[str, msgspec.Meta(min_length=1)]
    relevant: Annotated[list[str], msgspec.Meta(min_length=1)] | Annotated[dict[str, Grade], msgspec.Meta(min_length=1)]
    """Ids of what would be right, or ids with grades in (0, 1]."""
    k: Annotated[int, msgspec.Meta(ge=1, le=50)] = 10
    filters: dict[str, Any] = {}
    """As `tacit recall` takes them: kinds, types, domains, ..."""


def read_cases(text: str) -> list[CaseInput]:
    """The cases of a file's text. Raises `InvalidInput` that names the line."""
    found = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            case = msgspec.convert(loads(line), CaseInput)
            _check(case)
        except (msgspec.ValidationError, InvalidInput) as error:
            cause = error.cause if isinstance(error, InvalidInput) else str(error)
            raise InvalidInput(
                f"line {number} is no case", cause=cause[:300], remedy=f"write lines such as {EXAMPLE}"
            ) from error
        found.append(case)
    if not found:
        raise InvalidInput("there is no case", cause="the file has no line", remedy=f"write lines such as {EXAMPLE}")
    return found


def add_cases(memory: "Memory", cases: Iterable[CaseInput]) -> tuple[int, int]:
    """Add those that are not known; -> (added, known). Raises `NotFound` before any is added."""
    given = list(cases)
    ids = list(dict.fromkeys(one for case in given for one in case.relevant))
    there = {item.id for start in range(0, len(ids), 1_000) for item in memory.get(*ids[start : start + 1_000])}
    if gone := [one for one in ids if one not in there]:
        raise NotFound(
            f"no item {ascii(gone[0])[:80]}", cause="this namespace has none with that id", remedy="see tacit list"
        )
    known = {_said(one) for one in memory.cases() if one.origin == "owner"}
    added = 0
    for case in given:
        if _asked(case) not in known:
            known.add(_said(memory.add_case(case.query, case.relevant, k=case.k, **case.filters)))
            added += 1
    return added, len(given) - added


def _check(case: CaseInput) -> None:
    if not checked(case.query, "query", QUERY).strip():
        raise InvalidInput("the query is empty", cause="the query is empty", remedy="say what is asked")
    for one in case.relevant:
        checked(one, "id", LABEL)
    filtered(cast("Where", case.filters))


def _asked(case: CaseInput) -> str:
    grades = case.relevant if isinstance(case.relevant, dict) else dict.fromkeys(case.relevant, 1.0)
    return _key(redact(case.query)[0], grades, case.k, filtered(cast("Where", case.filters)))


def _said(case: "Case") -> str:
    return _key(case.query, case.relevant, case.k, case.filter)


def _key(query: str, grades: Mapping[str, float], k: int, filter: Filter) -> str:
    return repr((query, sorted(grades.items()), k, filter))
