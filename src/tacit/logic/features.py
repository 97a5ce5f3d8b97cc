"""The features of an option at a point of a trail: what of it may hold for other tasks too.

Floor 2. Below: trail, wording. Above: values, which learns a weight for each.

Nothing here knows any program, game or word: features are forms with their slots masked, words of the option, pairs of
them, the same option and the same slot earlier in the episode, what the slots were told with (lines that a step brought
out, lines that stand in the last observation), the step before, and what the last observation told for the first time.
"""

from collections.abc import Iterable
from itertools import combinations

from tacit.logic.trail import Trail, bucket
from tacit.logic.wording import Wording, telling, worded

__all__ = ["Features", "described", "standing"]

Features = dict[str, float]
"""Feature -> variance of its weight before anything was seen."""
SAYING = 6
"""Words that a line may have beside a slot to say something about it."""
TOLD = 8
"""Lines about a slot that are looked at, the shortest: a long one says something about much else."""
NOW = 3
PAIRED = 4
"""Words of a slot that are paired with those of another: a long option would else have thousands of features."""
PLAIN = 0.02
"""Variance of what a feature means before it was met: of a plain one, and of those below."""
RELATED = 0.05
"""Whether a line names the slot, says the verb."""
PAIR = 0.1
"""A word beside the slot with a word of the option,"""
SAID = 0.4
"""and all of these together."""
WORDS = 0.02
"""All words of a slot together, all of the task, all of an error."""
ODD = 0.01


def described(trail: Trail, option: str) -> tuple[Features, Features]:
    """-> features that mean something for the option's verb only, and for every verb."""
    did = worded(option)
    again = "r{}{}".format(*_again(trail, option))
    here = "h" + trail.before(option)
    form = did.form
    own: Features = {}
    shared: Features = {}
    _group(own, ["b", "T" + form, f"R{form}{again}", f"H{form}{here}", f"a{form}|{trail.last}{trail.came}"], 5 * PLAIN)
    _group(own, [f"k{min(trail.paid, 4)}", f"t{bucket(trail.count)}", f"s{bucket(trail.stale)}"], ODD)
    _group(shared, ["*b", "*" + again, "*" + here, f"*a{trail.came}{again}"], 4 * PLAIN)
    for place, slot in enumerate(did.slots):
        _group(own, [f"w{place}{word}" for word in slot], WORDS)
        last, came = trail.touched.get(slot, ("", ""))
        _group(own, [f"l{form}{place}{last}{came}"], PLAIN)
        shared[f"*l{place}{came}"] = PLAIN
        _told(trail, did, place, own, shared)
        _stands(trail, did, place, own)
    for one, other in combinations(did.slots, 2):
        _group(own, [f"S{form}{len(set(one) & set(other))}"], PLAIN)
        _group(own, [f"x{a}|{b}" for a in one[:PAIRED] for b in other[:PAIRED]], WORDS)
    _group(own, [f"y{a}|{b}" for a in did.words[:3] for b in trail.last_words], ODD)
    _group(own, [f"n{word}" for word in trail.fresh], ODD)
    asked = telling(trail.task)
    _group(own, [f"q{word}" for word in asked], WORDS)
    _group(own, [f"Q{option}|{word}" for word in asked], WORDS)
    _group(own, [f"E{option}|{word}" for word in trail.trouble], WORDS)
    return own, shared


def standing(trail: Trail) -> list[str]:
    """Features of the point itself, whatever is done: how far, how long without news, how much of what was gained is
    lost. Not what was gained so far: with it, what pays would seem to lower the prospect by what it pays."""
    lost = bucket(round(20 * (trail.best - trail.total)))
    return ["b", f"t{bucket(trail.count)}", f"s{bucket(trail.stale)}", f"l{lost}"]


def _group(features: Features, names: Iterable[str], variance: float) -> None:
    """Features that say much the same share the variance of one: a long text counts for no more than a short one."""
    once = dict.fromkeys(names)
    for name in once:
        features[name] = variance / len(once)


def _again(trail: Trail, option: str) -> tuple[int, str]:
    times, came = trail.done.get(option, (0, ""))
    return min(times, 2), came


def _told(trail: Trail, did: Wording, place: int, own: Features, shared: Features) -> None:
    """Which steps brought out lines that name the slot, whether these say the verb (!) or nothing else (=), and the
    words beside it."""
    slot = did.slots[place]
    places = set(trail.where.get(slot[0], ()))
    for word in slot[1:]:
        places &= set(trail.where.get(word, ()))
    beside = [word for at, other in enumerate(did.slots) if at != place for word in other] or [did.verb]
    by: dict[str, set[str]] = {}
    found: dict[str, None] = {}
    for at in sorted(places, key=lambda at: (len(trail.told[at].words), -at))[:TOLD]:
        told = trail.told[at]
        says = by.setdefault(told.verb, set())
        if did.verb in told.words:
            says.add("!")
        if len(told.words) == len(slot):
            says.add("=")
        rest = told.words.difference(slot)
        if len(rest) <= SAYING:
            found |= {f"o{place}{told.verb}{word}|{other}": None for word in sorted(rest) for other in beside[:PAIRED]}
    for name in found:
        own[name] = min(PAIR, SAID / len(found))
    for flag in [verb + "".join(sorted(by[verb])) for verb in sorted(by)] or ["-"]:
        own[f"m{did.form}{place}{flag}"] = RELATED
        shared[f"*m{len(did.slots)}{place}{flag}"] = RELATED


def _stands(trail: Trail, did: Wording, place: int, own: Features) -> None:
    """What the last observation says of the slot, and how often the rarest word of that was told before."""
    slot = did.slots[place]
    found: list[str] = []
    about = [line for line in trail.now if line.issuperset(slot) and len(line) <= len(slot) + TOLD]
    for line in about[:NOW]:
        rest = sorted(line.difference(slot))
        found += [f"c{place}{word}" for word in rest]
        if rest:
            rarest = min(len(trail.where.get(word, ())) for word in rest)
            _group(own, [f"z{did.form}{place}{min(rarest, 4)}"], PLAIN)
    _group(own, found, RELATED)
