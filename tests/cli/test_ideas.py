"""A chat model's ideas at the command line: asked behind a URL, tried, and told with where they come from."""

import json
from typing import Any

import pytest
from tests.improving.harness import MISLED, furnished
from tests.models.endpoint_server import content, replied, running

FLAGS = ("--embedder", "hashing:384", "--reranker", "none")
IDEA = {
    "metric": "recall_quality", "reason": "Words [bold]count[/bold] for nothing.", "kind": "optimization",
    "moves": [{"dial": "words", "value": 0.8}, {"dial": "recency", "value": 0.03}],
}  # fmt: skip


def test_where_an_idea_came_from_is_told_by_improve_trials_and_the_ledger(
    cli: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with furnished(cli.db, cases=20) as memory:
        memory.set_policy(MISLED)
        memory.set_target("recall_quality", 0.95)
        memory.set_target("query_time_ms", 1e6)

    def run(*given: str) -> Any:
        ended = cli.bare("--db", str(cli.db), *FLAGS, *given)
        assert (ended.code, ended.err) == (0, "")
        return ended

    with running() as server:
        monkeypatch.setenv("TACIT_CHAT_URL", f"{server.url}/v1")
        server.plan.append(content(replied(json.dumps({"ideas": [IDEA]})).decode()))
        told = run("improve", "--trials", "1", "--no-apply", "--chat", "ollama:wise", "--json").json
        (body,) = server.requests
    assert body["response_format"]["json_schema"]["strict"], "OpenAI's strict mode takes the schema"
    assert body["model"] == "wise"
    (made,) = told["improvements"]
    assert made["origin"] == "model:ollama:wise"
    assert made["change"]["policy"] == {"words": 0.8, "recency": 0.03}

    assert "model:ollama:wise suggests" in " ".join(run("trials").out.split())
    detail = run("trials", made["id"]).out
    assert "model:ollama:wise" in detail
    assert "[bold]count[/bold]" in detail, "its words are shown as they are"
    (asked,) = [one for one in run("ledger", "--json").json["entries"] if one["what"] == "asked"]
    assert asked["text"].endswith("was asked for ideas: for recall_quality words 0 -> 0.8, recency 5 -> 0.03")
    pages = " ".join(run("ledger").out.split())
    assert "¿ asked" in pages
    assert "ideas 1 · tokens read 3" in pages
