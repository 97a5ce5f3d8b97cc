"""Surveys all numbers up to a limit."""

from aliquot import is_amicable, is_perfect, kind, sequence


def survey(limit):
    found = {"perfect": [], "amicable": [], "kinds": {}, "longest": (0, 0)}
    for n in range(1, limit + 1):
        if is_perfect(n):
            found["perfect"].append(n)
        if is_amicable(n):
            found["amicable"].append(n)
        one = kind(n)
        found["kinds"][one] = found["kinds"].get(one, 0) + 1
        length = len(sequence(n))
        if length > found["longest"][0]:
            found["longest"] = (length, n)
    return found
