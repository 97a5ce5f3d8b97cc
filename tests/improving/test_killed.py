"""A short version of `bench.improve_live`: a process that applies and rolls back is killed."""

from bench.improve_live import kills


def test_killed_anywhere_the_memory_is_before_or_after_and_goes_on():
    found = kills(points=2, every=3)
    assert found["failpoints"] >= 4
    assert (found["consistent"], found["wrong"]) == (1.0, [])
