"""bench.effect runs and says what it counted under the documented keys; what it counts is tried in tests/logic."""

import json

import pytest

from bench import effect


def test_it_tells_its_keys_and_the_front_door_agrees_with_the_logic(capsys: pytest.CaptureFixture[str]):
    given = ["--json", "--quick", "--seeds", "2", "--episodes", "200", "--door-episodes", "20"]
    assert effect.main(given) == 0
    told = json.loads(capsys.readouterr().out)
    assert {"harmful_retired", "helpful_retired", "neutral_called_helpful"} <= told.keys()
    assert set(told["arms"]) == {"adaptive", "fixed_5_percent", "repeated_z_test"}
    assert [one["same_as_logic"] for one in told["front_door"]] == [True]
    assert (told["seeds"], told["episodes"], told["quick"]) == (2, 200, True)


def test_the_naive_test_is_what_it_says():
    assert effect.z_test(None) == "unproven"
    assert effect.z_test({"n": [50, 50], "won": [40.0, 20.0]}) == "helps"
    assert effect.z_test({"n": [50, 50], "won": [20.0, 40.0]}) == "hurts"
    assert effect.z_test({"n": [50, 50], "won": [25.0, 24.0]}) == "unproven"
