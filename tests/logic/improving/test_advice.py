"""Advice: what a chat model is told, and what it is never told."""

import json

from tests.logic.improving.test_proposals import QUALITY, SLOW, TIME, WORDLESS, bottleneck, ground, tried

from tacit.improvement import Alteration, Application, Guard, Improvement, Judgement, PolicyRow, Trial
from tacit.logic.improving.advice import MEANINGS, TRIALS, question
from tacit.logic.improving.catalogue import Observed, Retirable
from tacit.logic.improving.dials import DIALS
from tacit.logic.improving.proposals import propose


def told(look) -> str:
    asked = question(look)
    assert asked is not None
    assert [one.role for one in asked.messages] == ["system", "user"]
    return asked.messages[1].text


def moved(dials, *, metric="recall_quality", parent="wordless", id="i1") -> Improvement:
    return Improvement(
        id=id, metric=metric, description="", change=Alteration(policy=dials), timestamp=0, parent=parent
    )


def measured(id="i1", *, judgement=None) -> Trial:
    return Trial(
        id=f"t{id}", improvement=id, timestamp=0, success=True, before={"quality": 0.6, "milliseconds": 4.0},
        after={"quality": 0.61, "milliseconds": 3.5}, judgement=judgement,
    )  # fmt: skip


def test_every_dial_in_reach_is_explained():
    assert set(MEANINGS) == set(DIALS)


def test_the_question_names_what_is_wrong_the_dials_for_it_and_their_values():
    text = told(ground(QUALITY, TIME, standing=SLOW))
    assert "- recall_quality (high): 1.00, should be at least 0.50; dials: candidates, kept, words" in text
    assert "- query_time_ms (high): 1 ms, should be at most 0.5 ms; dials: candidates, kept" in text
    assert "; whole number from 5 to 3000; lower is faster; now 3000, shipped 200" in text
    assert "- words: " in text
    assert "rerank" not in text, "there is no reranker, so that its dials do nothing"
    assert text.endswith("- nothing yet")


def test_only_what_a_dial_could_move_is_asked_about():
    assert question(ground()) is None
    assert question(ground(bottleneck("recall_quality", resolved=True))) is None
    assert question(ground(bottleneck("error_count"), bottleneck("database_size_mb"))) is None
    asked = question(ground(TIME, bottleneck("error_count")))
    assert asked is not None
    assert set(asked.reach) == {"query_time_ms"}
    assert "words" not in asked.reach["query_time_ms"]
    assert "error_count" not in str(asked.messages)
    idea = asked.schema["properties"]["ideas"]["items"]["properties"]
    assert idea["metric"]["enum"] == ["query_time_ms"]
    assert set(idea["moves"]["items"]["properties"]["dial"]["enum"]) == set(asked.reach["query_time_ms"])
    assert json.loads(json.dumps(asked.schema)) == asked.schema


def test_where_shipped_values_would_be_the_solution_they_are_not_told():
    assert "shipped" not in told(ground(QUALITY, standing=WORDLESS, shipped_known=False))


def test_what_was_tried_is_told_with_what_was_measured():
    judgement = Judgement(
        primary="quality", accepted=False, reason="the judge's own words", low=-0.01, high=0.03,
        guards=(Guard(measure="milliseconds", margin=0.1, passed=False), Guard(measure="chain", margin=0.1)),
    )  # fmt: skip
    pair = (moved({"words": 0.7}), measured(judgement=judgement))
    text = told(ground(QUALITY, standing=WORDLESS, trials=[pair]))
    assert (
        "- for recall_quality: words 0 -> 0.7: quality 0.6000 -> 0.6100, milliseconds 4 -> 3.5; "
        "rejected, gain of quality -0.010 to +0.030 (95 %), milliseconds may be worse" in text
    )
    assert "own words" not in text


def test_what_was_taken_back_later_is_told():
    pair = (moved({"words": 0.7}), measured(judgement=Judgement(primary="quality", accepted=True, reason="")))
    taken = Application(id="a", improvement="i1", applied_at=0, state="rolled back")
    assert "accepted, gain of quality +0.000 to +0.000 (95 %), and taken back later" in told(
        ground(QUALITY, standing=WORDLESS, trials=[pair], applications=[taken])
    )


def test_the_cases_from_failures_say_nothing():
    """Neither their figure nor that they fell: they judge, and are not shown to what proposes."""
    guard = Guard(measure="regression", margin=0.0, low=-0.37, passed=False)
    texts = []
    for fell in (False, True):
        judgement = Judgement(
            primary="quality", accepted=False, guards=(guard,) if fell else (),
            reason="not better: the cases from failures fell by 0.370" if fell else "not better",
        )  # fmt: skip
        change, trial = tried(moved({"words": 0.7}), accepted=False, regression=0.13 if fell else 0.5)
        trial = Trial(**{name: getattr(trial, name) for name in trial.__struct_fields__} | {"judgement": judgement})
        texts.append(told(ground(QUALITY, standing=WORDLESS, trials=[(change, trial)])))
    assert texts[0] == texts[1]


def test_no_text_of_the_owner_is_told():
    """Whatever a row of the loop could hold beside metrics, dials and figures."""
    secret = "the lantern is in the cellar"
    wrong = Trial(id="t", improvement="i2", timestamp=0, errors=(secret,), warnings=(secret,))
    judgement = Judgement(primary="quality", accepted=False, reason=secret)
    pairs = [
        (moved({"words": 0.7, secret: 1.0}), measured(judgement=judgement)),
        (moved({"words": 0.6}, id="i2"), wrong),
        (moved({"words": 0.6}, id="i3", metric=secret), measured("i3")),
        (
            Improvement(id="i4", metric="recall_quality", description=secret, timestamp=0, parent="wordless",
                        change=Alteration(kind="retire", items=(secret,)), origin=f"model:{secret}"),
            measured("i4"),
        ),
    ]  # fmt: skip
    open_one = bottleneck("recall_quality")
    standing = PolicyRow(id="wordless", dials={"words": 0.0, secret: 1}, by=secret)
    asked = question(
        ground(
            type(open_one)(**{n: getattr(open_one, n) for n in open_one.__struct_fields__} | {"description": secret}),
            standing=standing,
            trials=pairs,
            pending=[pairs[3][0]],
            applications=[Application(id="a", improvement="i1", applied_at=0, notes=secret)],
            observed=Observed(embedder=secret, embedders=(secret,), retirable=(Retirable(item=secret),)),
        )
    )
    assert asked is not None
    assert "words 0 -> 0.7" in str(asked.messages)
    assert "lantern" not in str(asked.messages) + str(asked.schema)


def test_a_long_history_makes_no_long_question():
    count = iter(range(10_000))
    made = propose(ground(QUALITY, standing=WORDLESS), most=40, new_id=lambda: f"i{next(count)}", now=7, seed=0)
    look = ground(
        QUALITY, TIME, bottleneck("cpu_percent"), bottleneck("memory_usage_mb"), standing=WORDLESS,
        trials=[tried(one, accepted=False) for one in made],
        observed=Observed(present=("reranker", "learned", "hints")),
    )  # fmt: skip
    text = told(look)
    assert text.count("- for recall_quality") == TRIALS
    assert made[-1].change.policy.keys() <= set(DIALS)
    assert sum(len(one.text) for one in question(look).messages) < 12_000, "about 4,000 tokens"
