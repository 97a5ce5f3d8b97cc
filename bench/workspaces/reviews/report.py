"""Builds the report from cleaned reviews."""

from cleaning import stem, words


def vocabulary(reviews):
    """All stems in the order in which they first came up."""
    known = []
    for review in reviews:
        for word in words(review):
            root = stem(word)
            if root not in known:
                known.append(root)
    return known


def frequencies(reviews):
    counts = {}
    for review in reviews:
        for word in words(review):
            root = stem(word)
            if root not in counts:
                counts[root] = 0
            counts[root] += 1
    return counts


def signature(review, size=8):
    """The commonest stems of a review, as one line: reviews with the same line say the same."""
    roots = [stem(word) for word in words(review)]
    line = ""
    for root in sorted(set(roots), key=lambda one: (-roots.count(one), one))[:size]:
        line += root + " "
    return line.strip()


def duplicates(reviews):
    groups = {}
    for number, review in enumerate(reviews):
        groups.setdefault(signature(review), []).append(number)
    return [group for group in groups.values() if len(group) > 1]


def build(reviews, top=20):
    counts = frequencies(reviews)
    commonest = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[:top]
    return {
        "reviews": len(reviews),
        "vocabulary": len(vocabulary(reviews)),
        "commonest": commonest,
        "duplicates": duplicates(reviews),
    }
