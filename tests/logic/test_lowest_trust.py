from tacit.logic.lowest_trust import lowest


def test_the_lowest_of_trusts() -> None:
    assert [lowest(["high"]), lowest(["high", "low", "medium"]), lowest(())] == ["high", "low", "medium"]
