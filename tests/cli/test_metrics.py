"""Metrics and bottlenecks at the command line."""

import json
from typing import Any

import pytest

from tacit.doors.cli.plots import spark
from tacit.logic.improving.targets import METRICS


@pytest.fixture
def busy(cli: Any) -> Any:
    """A memory that was asked thirty times by a process that has ended."""
    with cli.memory(embedder="hashing:64") as memory:
        memory.record_fact("The API listens on port 8080")
        memory.flush()
        for _ in range(30):
            memory.recall("which port")
    return cli


def test_metrics_are_measured_against_their_targets_and_kept(busy):
    told = busy.done("metrics")
    assert sorted(told) == ["bottlenecks", "forecasts", "snapshot", "trends"]
    found = told["snapshot"]
    assert found["metrics"]["query_time_ms"] > 0
    assert (found["metrics"]["error_count"], found["detail"]["recalls"]) == (0.0, 30)
    assert set(found["metrics"]) | set(found["unmeasured"]) == set(METRICS)
    assert all(found["unmeasured"].values())
    assert found["targets"]["query_time_ms"]["value"] == 100.0
    assert [len(told["trends"][name]) for name in ("query_time_ms", "recall_quality")] == [1, 0]
    busy.done("metrics")
    assert len(busy.done("metrics", "--metric", "query_time_ms")["trends"]["query_time_ms"]) == 3


def test_a_target_of_ones_own_opens_a_bottleneck_and_giving_it_back_closes_it(busy):
    told = busy.done("metrics", "--target", "query_time_ms=0.001", "--target", "queue_age_s=60")
    (row,) = told["bottlenecks"]
    assert (row["metric_name"], row["severity"], row["impact_score"]) == ("query_time_ms", "critical", 100.0)
    assert told["snapshot"]["targets"]["queue_age_s"]["source"] == "owner"
    assert busy.done("bottlenecks")["bottlenecks"] == [row]
    assert "query_time_ms" in busy("-q", "bottlenecks").out
    people = busy("bottlenecks").out
    assert "critical" in people
    assert "the owner's target of 0.001 ms" in people
    assert busy.done("metrics", "--target", "query_time_ms=10000")["bottlenecks"] == []
    assert busy.done("bottlenecks")["bottlenecks"] == []
    (closed,) = busy.done("bottlenecks", "--all")["bottlenecks"]
    assert (closed["id"], closed["resolved"]) == (row["id"], True)
    assert "no bottleneck" in busy("bottlenecks").out
    assert busy.done("metrics", "--target", "query_time_ms=shipped")["snapshot"]["targets"]["query_time_ms"] == {
        "value": 100.0, "source": "shipped", "higher_is_better": False,
    }  # fmt: skip


def test_people_see_values_targets_trends_and_why_something_is_missing(busy):
    shown = busy("metrics").out
    assert "no folder was indexed in this time" in shown
    assert "≤ 100 ms" in shown
    assert "30 recalls" in shown
    plotted = busy("metrics", "--metric", "query_time_ms", "--history", "1").out
    assert "query_time_ms, last 1 h" in plotted
    assert "target ≤ 100 ms (shipped)" in plotted
    assert any(bar in plotted for bar in "▁▂▃▄▅▆▇█")
    assert "no recall has been probed" in busy("metrics", "--metric", "recall_quality").out
    quiet = dict(line.split() for line in busy("-q", "metrics").out.splitlines())
    assert quiet["error_count"] == "0"


def test_before_the_first_analysis_there_is_nothing_to_tell(busy):
    assert busy.done("bottlenecks") == {"bottlenecks": [], "analysed_at": None}
    assert "nothing has been analysed yet" in busy("bottlenecks").out


def test_an_error_in_one_process_is_a_bottleneck_in_the_next(cli, monkeypatch):
    """The command that fails and the one that measures share nothing but the file."""
    cli.done("record", "fact", "The API listens on port 8080")
    with cli.memory() as memory, monkeypatch.context() as broken:
        broken.setattr(memory._backend, "select", _broken)
        with pytest.raises(OSError, match="cable"):
            memory.items()
    told = cli.done("metrics")
    assert told["snapshot"]["detail"]["errors"] == {"OSError": 1}
    assert [(row["metric_name"], row["severity"]) for row in told["bottlenecks"]] == [("error_count", "low")]
    assert "OSError 1" in cli("metrics").out


def _broken(*_: object, **__: object) -> None:
    raise OSError("the cable is out")


def test_the_json_is_one_object_also_where_there_are_no_trends(cli):
    cli.done("init", "--no-model")
    told = json.loads(cli("metrics", "--json").out)
    assert told["bottlenecks"] == []


def test_a_spark_has_a_character_a_value():
    assert spark([]) == ""
    assert spark([None, 1.0]) == "·▄"
    assert len(spark([float(n) for n in range(24)])) == 24
