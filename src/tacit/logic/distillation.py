"""Distillation: a group of similar patterns becomes one piece of knowledge, without a model.

Floor 2. Below: clusters, alignment, evidence. Above: operations.distill.

Everything here is a function of the set of patterns: the same patterns give the same knowledge, in whatever order they
come and whatever was distilled before. Only the ids of what is there already are carried on.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import pairwise

import msgspec

from tacit.logic.alignment import Template, aligned, kind_of, lexemes
from tacit.logic.clusters import Member, clusters
from tacit.logic.evidence import wilson_low
from tacit.logic.lowest_trust import lowest
from tacit.ports import NewId
from tacit.types import Item, Knowledge, Pattern, Trust

__all__ = ["SOURCE", "Replaced", "distilled", "eligible", "reconciled"]

SOURCE = "distill"
"""`Item.source` of what was made here; no other knowledge is touched."""
QUOTED = 20
"""Patterns whose words are aligned, those most like the centre: they are what the knowledge is derived from, so that
forgetting one of them forgets it. The others count in its confidence and its number of sources."""
SAID = 0.5
"""Share of the words that must be common, else there is nothing to be said of the group."""
MUCH = 3
"""Words in common in what is done, from which it is worth telling whenever it applies."""
LONGEST = 600
NAMED = 6
"""Tools and domains named in the applicability."""
WORSE = 0.1
"""A pattern that does worse than its like, with a q-value up to this, generalises to nothing that should be told."""
SAME_MATTER = 0.5
"""Share of common sources (Jaccard) from which new knowledge takes the place, and the id, of an old one."""
MARKED = re.compile(r"`[^`]*`|\"[^\"]*\"")
NAMED_ASIDE = re.compile(r"\([^)]*\)")


@dataclass(frozen=True)
class Replaced:
    """What to write so that the knowledge is that of the patterns."""

    put: tuple[Item, ...] = ()
    """New ones (with revision 1 and an id that is not in the store), and old ones with what is different now."""
    made: frozenset[str] = frozenset()
    """Ids of the new ones among them."""
    gone: tuple[str, ...] = ()
    """Ids of those whose group is gone."""


def eligible(item: Item) -> bool:
    """Whether a pattern takes part: active, seen, and not known to do worse than its like."""
    seen = item.payload
    if not isinstance(seen, Pattern) or item.key is None or seen.state != "active" or seen.count < 1:
        return False
    return not (seen.lift is not None and seen.lift < 0 and seen.q_value is not None and seen.q_value <= WORSE)


def distilled(patterns: Iterable[Item]) -> dict[str, Item]:
    """key -> knowledge, for every group of three or more similar ones; ids are empty. Others than `eligible` patterns
    are passed over. Patterns of low trust keep to themselves: they neither drag others down nor hide among them."""
    by_key = {item.key: item for item in patterns if item.key is not None and eligible(item)}
    found: dict[str, Item] = {}
    for group in clusters(_member(key, item) for key, item in by_key.items()):
        made = _made([by_key[key] for key in group])
        if made is not None and made.key is not None:
            found[made.key] = _together(found[made.key], made) if made.key in found else made
    return found


def reconciled(wanted: dict[str, Item], there: Iterable[Item], *, new_id: NewId) -> Replaced:
    """What turns the knowledge that is there into what is wanted. Nothing, where it is the same."""
    mine = {item.key: item for item in there if item.source == SOURCE and item.key is not None}
    left = {key: item for key, item in mine.items() if key not in wanted}
    put: list[Item] = []
    made: set[str] = set()
    for key, item in sorted(wanted.items()):
        old = mine.get(key) or _predecessor(item, left)
        if old is None:
            new = msgspec.structs.replace(item, id=new_id())
            made.add(new.id)
            put.append(new)
            continue
        left.pop(old.key or "", None)
        kept = _carried(item, old)
        if kept != old:
            put.append(kept)
    return Replaced(put=tuple(put), made=frozenset(made), gone=tuple(sorted(item.id for item in left.values())))


def _predecessor(item: Item, left: dict[str, Item]) -> Item | None:
    """The one of the same sort that shares most sources; the group has changed its common words."""
    best: tuple[float, str] | None = None
    for key, old in left.items():
        if old.type == item.type:
            one, other = set(old.derived_from), set(item.derived_from)
            share = len(one & other) / len(one | other)
            if share >= SAME_MATTER and (best is None or (-share, key) < best):
                best = (-share, key)
    return left[best[1]] if best else None


def _carried(item: Item, old: Item) -> Item:
    """The new content in the place of the old."""
    return msgspec.structs.replace(
        item,
        id=old.id,
        sequence=old.sequence,
        revision=old.revision,
        created_at=old.created_at,
        tags=old.tags,
        metadata=old.metadata,
        superseded_by=old.superseded_by,
        valid_from=old.valid_from,
        valid_to=old.valid_to,
    )


def _member(key: str, item: Item) -> Member:
    """A pattern by the words and pairs of words of what it says, numbers and paths masked, and its tools.

    Where calls and messages stand in marks, as the extractors write them, only their words count, and only patterns
    that put things the same way around them share a group."""
    seen = item.payload
    assert isinstance(seen, Pattern)  # noqa: S101  eligible
    low = "low" if item.trust == "low" else ""
    said = f"{seen.condition}\n{seen.action}"
    frame = MARKED.sub("`", said) if "`" in said else ""
    features = {f"tool {tool}" for tool in seen.tools}
    for name, text in (("when", seen.condition), ("do", seen.action)):
        for span in MARKED.findall(text) if frame else [text]:
            words = [_masked(one.text) for one in lexemes(span.strip('`"'))]
            features.update(f"{name} {word}" for word in words)
            features.update(f"{name} {one} {other}" for one, other in pairwise(words))
    return Member(
        key=key,
        features=frozenset(features),
        block="/".join((seen.pattern_type, seen.extractor, low, NAMED_ASIDE.sub("", frame))),
    )


def _masked(lexeme: str) -> str:
    kind = kind_of(lexeme)
    return lexeme.lower() if kind in ("name", "option") else f"<{kind}>"


def _made(group: Sequence[Item]) -> Item | None:
    """Knowledge of a group, its centre first; None where its members have too little in common to be told as one,
    or where nothing speaks for it."""
    quoted = group[:QUOTED]
    told = [item.payload for item in quoted if isinstance(item.payload, Pattern)]
    everyone = [item.payload for item in group if isinstance(item.payload, Pattern)]
    condition, action = (
        aligned(dict.fromkeys(filter(None, texts)))
        for texts in ([seen.condition for seen in told], [seen.action for seen in told])
    )
    confidence = _confidence(everyone)
    if not confidence or not _telling(condition, action):
        return None
    pattern = (f"When {condition}: {action}" if condition.parts else str(action))[:LONGEST]
    category = everyone[0].pattern_type
    situation = _situation(group)
    low = lowest(item.trust for item in group)
    return Item(
        id="",
        kind="knowledge",
        text=f"{pattern}\nSeen {situation}" if situation else pattern,
        payload=Knowledge(
            category=category,
            pattern=pattern,
            applicability="; ".join(filter(None, [str(condition)[:LONGEST], situation])),
            confidence=confidence,
            source_count=len(group),
        ),
        key=_key(category, low, condition, action),
        type=category,
        domain=_shared(item.domain for item in group),
        language=_shared(item.language for item in group),
        source=SOURCE,
        trust=low,
        derived_from=tuple(sorted(item.id for item in quoted)),
        created_at=max(seen.last_seen for seen in everyone),
    )


def _telling(condition: Template, action: Template) -> bool:
    """Whether enough is said: most of what is done, and when, if not much is done.

    Where calls stand in backticks, as the extractors write them, the words around them are how they put things."""
    marked = "`" in f"{condition}{action}"
    when, done = (len(one.marked if marked else one.common) for one in (condition, action))
    if done < SAID * (done + action.open) or not done:
        return False
    return not condition.open or when >= SAID * condition.open or done >= MUCH


def _key(category: str, trust: Trust, condition: Template, action: Template) -> str:
    """A digest of what the members have in common: slots may come and go."""
    common = "\0".join((category, trust, *condition.common, "", *action.common))
    return f"{SOURCE}:{blake2b(common.encode('utf-8', 'replace'), digest_size=12).hexdigest()}"


def _situation(group: Sequence[Item]) -> str:
    """The domains and the tools of all members."""
    domains = sorted({item.domain for item in group if item.domain})
    tools = sorted({tool for item in group if isinstance(item.payload, Pattern) for tool in item.payload.tools})
    parts = [
        f"in {', '.join(domains[:NAMED])}" if domains else "",
        f"with {', '.join(tools[:NAMED])}" if tools else "",
    ]
    return " ".join(filter(None, parts))


def _confidence(group: Sequence[Pattern]) -> float:
    """Mean of the Wilson lower bounds of the members, weighed by their trials: kept, not raised. They were seen in
    overlapping episodes, so that their counts must not be added up as if they were independent."""
    trials = [seen.successes + seen.failures for seen in group]
    if not sum(trials):
        return 0.0
    lows = (wilson_low(seen.successes, count) * count for seen, count in zip(group, trials, strict=True))
    return round(sum(sorted(lows)) / sum(sorted(trials)), 4)


def _shared(values: Iterator[str]) -> str:
    """The one value, or "" where there are several."""
    distinct = set(values)
    return distinct.pop() if len(distinct) == 1 else ""


def _together(one: Item, other: Item) -> Item:
    """Two groups that say the same: the words of the one with more sources (the first of equals), the count of both."""
    first, second = one.payload, other.payload
    assert isinstance(first, Knowledge)  # noqa: S101  both were made above
    assert isinstance(second, Knowledge)  # noqa: S101
    if second.source_count > first.source_count:
        one, first, second = other, second, first
    total = first.source_count + second.source_count
    confidence = (first.confidence * first.source_count + second.confidence * second.source_count) / total
    payload = msgspec.structs.replace(first, source_count=total, confidence=round(confidence, 4))
    return msgspec.structs.replace(one, payload=payload)
