"""The features of an option at a point of a trail: what of it may hold for other tasks too.

Floor 2. Below: trail, wording. Above: values, which learns a weight for each.

Nothing here knows any program, game or word: features are forms with their slots masked, words of the option, pairs of
them, the same option and the same slot earlier in the episode, what the slots were told with (lines that a step brought
out, lines that stand in the last observation), the step before, and what the last observation told for the first time.
"""

from itertools import combinations

from tacit.logic.trail import Trail, bucket
from tacit.logic.wording import Wording, telling, worded

__all__ = ["SHARED", "described", "standing"]

SHARED = "*"
"""The row of what holds for every verb."""
SAYING = 6
"""Words that a line may have beside a slot to say something about it."""
TOLD = 8
"""Lines about a slot that are looked at, the latest."""
NOW = 3
PAIRED = 4
"""Words of a slot that are paired with those of another: a long option would else have thousands of features."""


def described(trail: Trail, option: str) -> list[tuple[str, list[str]]]:
    """-> (row, features) for the option's verb and for every verb."""
    did = worded(option)
    again = "r{}{}".format(*_again(trail, option))
    own = ["b", "T" + did.form, f"R{did.form}{again}", f"a{did.form}|{trail.last}{trail.came}"]
    own += [f"k{min(trail.paid, 4)}", f"t{bucket(trail.count)}", f"s{bucket(trail.stale)}"]
    shared = ["b", again, f"a{trail.came}{again}"]
    for place, slot in enumerate(did.slots):
        own += [f"w{place}{word}" for word in slot]
        form, came = trail.touched.get(slot, ("", ""))
        own.append(f"l{did.form}{place}{form}{came}")
        shared.append(f"l{place}{came}")
        own += _told(trail, did, place)
        own += _stands(trail, did, place)
    for one, other in combinations(did.slots, 2):
        own.append(f"S{did.form}{len(set(one) & set(other))}")
        own += [f"x{a}|{b}" for a in one[:PAIRED] for b in other[:PAIRED]]
    own += [f"y{a}|{b}" for a in did.words[:3] for b in trail.last_words]
    own += [f"n{word}" for word in trail.fresh]
    own += [f"q{word}" for word in telling(trail.task)]
    own += [f"Q{option}|{word}" for word in telling(trail.task)]
    own += [f"E{option}|{word}" for word in trail.trouble]
    return [("v" + did.verb, own), (SHARED, shared)]


def standing(trail: Trail) -> list[str]:
    """Features of the point itself, whatever is done: how far, how long without news, how much of what was gained is
    lost. Not what was gained so far: with it, what pays would seem to lower the prospect by what it pays."""
    lost = bucket(round(20 * (trail.best - trail.total)))
    return ["b", f"t{bucket(trail.count)}", f"s{bucket(trail.stale)}", f"l{lost}"]


def _again(trail: Trail, option: str) -> tuple[int, str]:
    times, came = trail.done.get(option, (0, ""))
    return min(times, 2), came


def _told(trail: Trail, did: Wording, place: int) -> list[str]:
    """Which steps brought out lines that name the slot, whether with the verb, and with which words beside it."""
    slot = did.slots[place]
    places = set(trail.where.get(slot[0], ()))
    for word in slot[1:]:
        places &= set(trail.where.get(word, ()))
    beside = [word for at, other in enumerate(did.slots) if at != place for word in other] or [did.verb]
    by: set[str] = set()
    found: list[str] = []
    for at in sorted(places)[-TOLD:]:
        told = trail.told[at]
        by.add(told.verb + ("!" if did.verb in told.words else ""))
        rest = told.words.difference(slot)
        if len(rest) <= SAYING:
            found += [f"o{place}{told.verb}{word}|{other}" for word in sorted(rest) for other in beside[:PAIRED]]
    return [*found, *(f"m{did.form}{place}{verb}" for verb in sorted(by) or ("-",))]


def _stands(trail: Trail, did: Wording, place: int) -> list[str]:
    """What the last observation says of the slot, and how often the rarest word of that was told before."""
    slot = did.slots[place]
    found: list[str] = []
    about = [line for line in trail.now if line.issuperset(slot) and len(line) <= len(slot) + TOLD]
    for line in about[:NOW]:
        rest = sorted(line.difference(slot))
        found += [f"c{place}{word}" for word in rest]
        if rest:
            rarest = min(len(trail.where.get(word, ())) for word in rest)
            found.append(f"z{did.form}{place}{min(rarest, 4)}")
    return found
