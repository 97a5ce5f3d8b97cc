"""The story in ten lines: record, recall, give feedback, forget. Through the library, in a real file."""

import pytest

import tacit
from tacit.models.located import locate
from tacit.models.table import DEFAULT_EMBEDDER


def test_an_agent_records_its_work_and_gets_it_back_in_the_next_process(tmp_path):
    with tacit.open(tmp_path / "agent.db", embedder="hashing:384") as memory:
        with memory.episode("Fix the failing import in the billing tests", domain="python") as episode:
            episode.step("pytest", arguments="pytest -q", result="error", observation="ModuleNotFoundError: billing")
            episode.step("bash", arguments="pip install -e .", result="success")
            episode.success("tests green")
        memory.record_fact("The staging API listens on port 8080", key="api/port")
        assert memory.flush()

    with tacit.open(tmp_path / "agent.db", embedder="hashing:384") as memory:
        pack = memory.context("the import of billing fails in the tests")
        assert "pip install -e ." in pack.text
        answer = memory.recall("which port does the staging API use")
        assert answer.results[0].item.text == "The staging API listens on port 8080"
        memory.feedback(answer.id, 1.0)
        assert memory.stats().feedback == 1


def test_a_fact_with_the_same_key_supersedes_the_older_one(tmp_path):
    with tacit.open(tmp_path / "agent.db", embedder="none") as memory:
        memory.record_fact("The API listens on port 8080", key="api/port", valid_from="2026-01-01")
        memory.record_fact("The API listens on port 9090", key="api/port", valid_from="2026-06-01")
        newest, older = memory.recall("which port does the API listen on").results
        assert (newest.item.text[-4:], older.item.text[-4:]) == ("9090", "8080")
        assert older.item.superseded_by == newest.item.id
        then = memory.recall("which port does the API listen on", valid_at="2026-03-01")
        assert [one.item.text[-4:] for one in then.results] == ["8080"]


@pytest.mark.skipif(locate(DEFAULT_EMBEDDER) is None, reason="the weights of the local model are not here: make models")
def test_a_memory_of_three_items_already_knows_what_it_knows(tmp_path):
    with tacit.open(tmp_path / "agent.db", embedder=f"onnx:{DEFAULT_EMBEDDER}") as memory:
        memory.record_fact("The API listens on 9090", key="api/port")
        memory.record_message("I moved the deploy to Fridays", author="Ada", session="standup")
        memory.set_preference("tone", "short answers")
        assert memory.flush()
        assert memory.recall("which port does the API use?").known > 0.5
        foreign = memory.recall("who was the king of France in 1700?")
        assert foreign.abstained
        assert foreign.known < 0.1
