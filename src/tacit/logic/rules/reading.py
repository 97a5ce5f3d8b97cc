"""Replies of a teacher model -> operations on rules: JSON or XML, alone, fenced or within prose.

Floor 2. Below: logic.text (untrusted JSON). Above: operations.rules.

What is tolerated is what models do: fences, prose around, a comma before a closing bracket, `delete` for `remove`,
attributes, CDATA and unescaped `<` or `&` in the XML. Everything else is reported, each operation for itself, and
nothing is guessed: no repair of what was cut off, no choice between two lists. The XML is a handful of known tags found
by one pass over the text; there is no parser behind it, so entities, external references and depth mean nothing here.
A document type declaration refuses the whole reply, as nothing honest has one.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any, Literal, get_args

from tacit.errors import InvalidInput
from tacit.logic.text import loads
from tacit.types import Value

__all__ = [
    "ACTIONS",
    "INSIGHT",
    "OPERATIONS_MOST",
    "REPLY",
    "Action",
    "Asked",
    "Reading",
    "Unread",
    "read",
    "read_list",
]

Action = Literal["add", "update", "remove", "merge", "reinforce", "weaken"]
ACTIONS: tuple[Action, ...] = get_args(Action)
ALIASES: dict[str, Action] = {"delete": "remove", "replace": "update"}

REPLY = 250_000
"""Characters of a reply that are read; a longer one is refused."""
OPERATIONS_MOST = 100
"""Operations of a reply that are read; one with more is refused: that is no reflection on one session."""
INSIGHT = 2_000
"""Characters of a teacher's rule: a sentence or a few."""
CANDIDATES = 10
"""Places in prose where JSON may begin that are looked at."""
FIELDS = frozenset(["action", "insight", "old_insight_to_replace"])
LISTS = ("operations", "operations_list", "rule_updates")
"""Keys under which an object may hold the list."""

DECLARED = re.compile(r"<!\s*+(?:DOCTYPE|ENTITY|ELEMENT|ATTLIST|NOTATION)", re.IGNORECASE)
TAG = re.compile(
    r"<(?P<end>/?)(?P<name>operations_list|operation|action|insight|old_insight_to_replace)"
    r"(?:\s[^<>]{0,200})?(?P<empty>/?)>|(?P<data><!\[CDATA\[)",
    re.IGNORECASE,
)
ENTITY = re.compile(r"&(amp|lt|gt|quot|apos);")
ENTITIES = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}
BEGINNING = re.compile(r'\[\s*+\{|\{\s*+"')
PIECE = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)|[\[\]{}]', re.DOTALL)
STRING_OR_COMMA = re.compile(r'("[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z))|,(?=\s*+[\]}])', re.DOTALL)


class Asked(Value, frozen=True, kw_only=True):
    """One operation that a teacher asks for; not checked against the rules yet."""

    number: int
    """Its place in the reply, from 1."""
    action: Action
    insight: str = ""
    """The rule as it shall be, with or without its head."""
    old: tuple[str, ...] = ()
    """Rules that it is about: their texts, with or without heads, or their ids."""


class Unread(Value, frozen=True, kw_only=True):
    """An operation that could not be read."""

    number: int
    reason: str


class Reading(Value, frozen=True, kw_only=True):
    """What a reply says."""

    found: tuple[Asked | Unread, ...] = ()
    """In their order."""
    reason: str = ""
    """Why nothing was read; empty where the reply was understood, be it as an empty list."""


def read(reply: str) -> Reading:
    """Read a reply. Never raises; linear in its length, also where it is hostile."""
    if len(reply) > REPLY:
        return Reading(reason=f"the reply has {len(reply)} characters, the bound is {REPLY}")
    whole = _json(reply.strip())
    if whole is not None:
        return read_list(whole)
    if "<operations_list" in reply.lower():
        return _read_xml(reply)
    lists = [found for found in map(_json, _parts(reply)) if found is not None]
    if len(lists) > 1:
        return Reading(reason=f"the reply has {len(lists)} lists of operations, and does not say which is meant")
    return read_list(lists[0]) if lists else Reading(reason="the reply has no list of operations, neither JSON nor XML")


def read_list(values: Sequence[Any]) -> Reading:
    """Operations as `{action, insight, old_insight_to_replace}`; the last may be a list of several."""
    if len(values) > OPERATIONS_MOST:
        return Reading(reason=f"the reply has {len(values)} operations, the bound is {OPERATIONS_MOST}")
    return Reading(found=tuple(_operation(number, value) for number, value in enumerate(values, start=1)))


def _operation(number: int, value: Any) -> Asked | Unread:
    if not isinstance(value, dict):
        return Unread(number=number, reason=f"it is no object but of type {type(value).__name__}")
    unknown = sorted(str(name) for name in value if name not in FIELDS)
    if unknown:
        return Unread(number=number, reason=f"unknown field {ascii(unknown[0])[:60]}")
    old = value.get("old_insight_to_replace")
    olds = old if isinstance(old, list | tuple) else [old]
    return _asked(number, value.get("action"), value.get("insight"), olds)


def _asked(number: int, action: Any, insight: Any, olds: Sequence[Any]) -> Asked | Unread:
    """None and an empty text both say nothing."""
    name = action.strip().lower() if isinstance(action, str) else ""
    known = ALIASES.get(name) or next((one for one in ACTIONS if one == name), None)
    if known is None:
        return Unread(number=number, reason=f"unknown action {ascii(action)[:60]}: use one of {', '.join(ACTIONS)}")
    texts = [text for text in (insight, *olds) if text is not None]
    if any(not isinstance(text, str) for text in texts):
        return Unread(number=number, reason="a rule is a text")
    if any(len(text) > INSIGHT for text in texts) or len(olds) > OPERATIONS_MOST:
        return Unread(number=number, reason=f"a rule of a teacher has at most {INSIGHT} characters")
    told = tuple(text.strip() for text in olds if text is not None and text.strip())
    return Asked(number=number, action=known, insight=(insight or "").strip(), old=told)


# JSON


def _json(text: str) -> list[Any] | None:
    """The operations in a JSON text; None where it is none, or has no operations."""
    if not text.startswith(("[", "{")):
        return None
    try:
        value = loads(text)
    except InvalidInput:
        try:
            value = loads(STRING_OR_COMMA.sub(lambda match: match[1] or "", text))
        except InvalidInput:
            return None
    if isinstance(value, dict):
        held = [value[name] for name in LISTS if isinstance(value.get(name), list)]
        value = held[0] if len(held) == 1 else [value]
    looks = isinstance(value, list) and all(isinstance(one, dict) and "action" in one for one in value[:1])
    return value if looks else None


def _parts(reply: str) -> Iterator[str]:
    """Texts within a reply that may be JSON: what is fenced; without a fence, what brackets enclose."""
    if "```" in reply:
        yield from _fenced(reply)
        return
    at = 0
    for _ in range(CANDIDATES):
        start = BEGINNING.search(reply, at)
        if start is None:
            return
        end = _closed(reply, start.start())
        if end is None:
            at = start.end()
            continue
        yield reply[start.start() : end]
        at = end


def _fenced(reply: str) -> Iterator[str]:
    """What stands between fences; what is not closed is passed over."""
    inside: list[str] | None = None
    for line in reply.split("\n"):
        bare = line.strip()
        if inside is None:
            inside = [] if bare.startswith("```") else None
        elif bare == "```":
            yield "\n".join(inside).strip()
            inside = None
        else:
            inside.append(line)


def _closed(text: str, start: int) -> int | None:
    """Where the brackets that open at `start` are closed."""
    depth = 0
    for piece in PIECE.finditer(text, start):
        if piece.group() in ("[", "{"):
            depth += 1
        elif piece.group() in ("]", "}"):
            depth -= 1
            if depth == 0:
                return piece.end()
    return None


# XML


class _Open:
    """An operation while its tags come by."""

    def __init__(self) -> None:
        self.leaves: dict[str, list[str]] = {}
        self.leaf = ""
        self.text: list[str] = []
        self.problem = ""

    def begin(self, name: str) -> None:
        if self.leaf:
            self.problem = self.problem or f"<{name}> within <{self.leaf}>"
        self.leaf, self.text = name, []

    def end(self, name: str) -> None:
        if self.leaf != name:
            self.problem = self.problem or f"</{name}> without its beginning"
        self.leaves.setdefault(name, []).append("".join(self.text).strip())
        self.leaf = ""

    def read(self, number: int) -> Asked | Unread:
        several = [name for name in ("action", "insight") if len(self.leaves.get(name, [])) > 1]
        problem = self.problem or (f"<{several[0]}> is there twice" if several else "")
        if self.leaf or problem:
            return Unread(number=number, reason=problem or f"<{self.leaf}> is not closed")
        action, insight = (self.leaves.get(name, [None])[0] for name in ("action", "insight"))
        return _asked(number, action, insight, self.leaves.get("old_insight_to_replace", []))


def _read_xml(reply: str) -> Reading:
    if DECLARED.search(reply):
        return Reading(reason="the reply declares a document type or an entity: that is refused, whatever it is for")
    tags = list(_tags(reply))
    begun = [place for place, (tag, _, _) in enumerate(tags) if _name(tag) == "operations_list" and not tag["end"]]
    if len(begun) != 1:
        return Reading(reason=f"the reply has {len(begun)} lists of operations, and does not say which is meant")
    opening = tags[begun[0]][0]
    found, closed = ([], True) if opening["empty"] else _operations(tags[begun[0] + 1 :])
    if len(found) > OPERATIONS_MOST:
        return Reading(reason=f"the reply has more than {OPERATIONS_MOST} operations")
    if not closed:
        found.append(Unread(number=len(found) + 1, reason="the reply was cut off: <operations_list> is not closed"))
    return Reading(found=tuple(found))


def _tags(reply: str) -> Iterator[tuple[re.Match[str], str, str]]:
    """Each known tag with the text before it, and (of CDATA) the data within. One pass."""
    at, endless = 0, False
    while tag := TAG.search(reply, at):
        before, at = reply[at : tag.start()], tag.end()
        if not tag["data"]:
            yield tag, _plain(before), ""
            continue
        end = -1 if endless else reply.find("]]>", at)
        endless = end < 0
        data = reply[at:end] if not endless else ""
        at = at if endless else end + 3
        yield tag, _plain(before), data


def _operations(tags: Sequence[tuple[re.Match[str], str, str]]) -> tuple[list[Asked | Unread], bool]:
    """-> (operations, whether their list is closed)."""
    found: list[Asked | Unread] = []
    inside: _Open | None = None
    for tag, before, data in tags:
        if inside is not None and inside.leaf:
            inside.text += (before, data)
        name = _name(tag)
        if name == "operations_list":
            return found + ([] if inside is None else [_cut(inside).read(len(found) + 1)]), True
        if name == "operation":
            inside, done = _entered(inside, ending=bool(tag["end"]))
            found += [] if done is None else [done.read(len(found) + 1)]
        elif name and inside is not None:
            _leaf(inside, name, tag)
        if len(found) > OPERATIONS_MOST:
            break
    return found + ([] if inside is None else [_cut(inside).read(len(found) + 1)]), False


def _entered(inside: _Open | None, *, ending: bool) -> tuple[_Open | None, _Open | None]:
    """-> (the operation that we are in after the tag, the one that ended with it)."""
    if ending:
        return None, inside
    if inside is not None:
        return _Open(), _cut(inside)
    return _Open(), None


def _cut(inside: _Open) -> _Open:
    inside.problem = inside.problem or "<operation> is not closed"
    return inside


def _leaf(inside: _Open, name: str, tag: re.Match[str]) -> None:
    if not tag["end"]:
        inside.begin(name)
    if tag["end"] or tag["empty"]:
        inside.end(name)


def _name(tag: re.Match[str]) -> str:
    return (tag["name"] or "").lower()


def _plain(text: str) -> str:
    """The five entities that XML itself has, each once; any other is a text like any other."""
    return ENTITY.sub(lambda match: ENTITIES[match[1]], text) if "&" in text else text
