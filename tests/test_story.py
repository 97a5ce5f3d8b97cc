"""The story in ten lines: record, recall, give feedback, forget. Through the library, in a real file."""

import tacit


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
