"""What the tools take: one model a tool, whose schema is the input schema that a client sees.

Above: tools. The bounds are those of the library, or tighter: a model's context is smaller than a store. An argument
that a tool does not know is refused, for a misspelt one would otherwise be ignored in silence.
"""

from typing import Annotated, Any, Literal

from mcp.server.mcpserver.utilities.func_metadata import ArgModelBase
from pydantic import ConfigDict, Field

from tacit.logic.limits import ARGUMENTS_BYTES, DESCRIPTION, LABEL, OBSERVATION, QUERY, TAGS, TEXT
from tacit.types import Complexity, Kind, StepResult

__all__ = ["AddAsked", "Arguments", "ContextAsked", "EndAsked", "SearchAsked", "StartAsked", "StepAsked"]

Label = Annotated[str, Field(max_length=LABEL)]
Name = Annotated[str, Field(min_length=1, max_length=LABEL)]
Names = Annotated[list[Name], Field(max_length=TAGS)]
Parts = Annotated[list[Annotated[str, Field(max_length=TEXT)]], Field(max_length=100)]
Time = Annotated[str, Field(max_length=40)]

TAGGED = "Short labels, such as ci, billing."
DOMAIN = "Field of work, such as web, devops, data."
LANGUAGE = "Programming or natural language."
TASK = "The task in words, as precisely as you know it: what, where, any error message."
TASK_TYPE = "code_generation, debugging, refactoring, testing, analysis, documentation, other, or one of yours."
SESSION = "Name of the conversation it belongs to; keeps what was said in order."
ISO = "ISO 8601, such as 2026-05-01 or 2026-05-01T12:00:00Z"


class Arguments(ArgModelBase):
    """Base: nothing unknown, nothing changes."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ContextAsked(Arguments):
    """Of memory_context."""

    task: str = Field(min_length=1, max_length=QUERY, description=TASK)
    budget: int = Field(2000, ge=100, le=32_000, description="Most tokens (estimated) that the pack may take.")
    kinds: list[Kind] = Field([], description="Only these kinds of items; all, if empty.")
    domain: Label = Field("", description=DOMAIN)
    language: Label = Field("", description=LANGUAGE)
    task_type: Label = Field("", description=TASK_TYPE)
    tags: Names = Field([], description=TAGGED)


class SearchAsked(Arguments):
    """Of memory_search."""

    query: str = Field(min_length=1, max_length=QUERY, description="A question or keywords, in any language.")
    k: int = Field(10, ge=1, le=100, description="Most results.")
    kinds: list[Kind] = Field([], description="Only these kinds of items; all, if empty.")
    domains: Names = Field([], description="Only these domains; all, if empty.")
    sessions: Names = Field([], description="Only these sessions; all, if empty.")
    tags: Names = Field([], description="Only what has all of these tags.")
    since: Time = Field("", description=f"Only what happened at or after this time. {ISO}.")
    until: Time = Field("", description=f"Only what happened before this time. {ISO}.")
    valid_at: Time = Field("", description=f"Only what held at this time. {ISO}.")
    current: bool = Field(False, description="Leave out what a newer item has superseded.")
    max_characters: int = Field(1500, ge=50, le=20_000, description="Most characters of each result's text.")


class AddAsked(Arguments):
    """Of memory_add."""

    text: str = Field(
        min_length=1,
        max_length=TEXT,
        description="fact: the statement; preference: the value; message: what was said; interaction: the question; "
        "solution: the problem, with its error message; conversation: the summary. Must make sense by itself later.",
    )
    kind: Literal["fact", "preference", "message", "interaction", "solution", "conversation"] = Field(
        "fact",
        description="fact: a statement that holds; preference: what somebody likes (needs a key); message: something "
        "that was said; interaction: question and answer; solution: a problem and what solved it; conversation: a "
        "summary.",
    )
    key: Label = Field(
        "",
        description="Name of the thing, such as api/port or editor.theme. A fact supersedes the older one of its key, "
        "a preference replaces it, a solution counts one more success; anything else is recorded once under a key.",
    )
    answer: str = Field(
        "",
        max_length=TEXT,
        description="interaction: the answer; solution (needed): what solved the problem.",
    )
    takeaway: str = Field("", max_length=TEXT, description="interaction: what to remember from it.")
    author: Label = Field("", description="Who said it: a person's name, user, assistant.")
    session: Label = Field("", description=SESSION)
    domain: Label = Field("", description=DOMAIN)
    language: Label = Field("", description=LANGUAGE)
    tags: Names = Field([], description=TAGGED)
    valid_from: Time = Field("", description=f"From when it holds. {ISO}.")
    valid_to: Time = Field("", description=f"Until when it holds. {ISO}.")
    trust: Literal["medium", "low"] = Field(
        "medium",
        description="low for text copied from a tool's output, a file or a web page; medium otherwise. "
        "Only people can give high trust, by other doors.",
    )


class StartAsked(Arguments):
    """Of episode_start."""

    task: str = Field(min_length=1, max_length=DESCRIPTION, description=TASK)
    task_type: Name = Field("other", description=TASK_TYPE)
    complexity: Complexity = Field("moderate", description="How hard the task is.")
    framework: Label = Field("", description="Main framework or library, such as django, pytest.")
    agent: Label = Field("", description="Your name, if several agents share this memory.")
    domain: Label = Field("", description=DOMAIN)
    language: Label = Field("", description=LANGUAGE)
    tags: Names = Field([], description=TAGGED)
    session: Label = Field("", description=SESSION)


class StepAsked(Arguments):
    """Of episode_step."""

    episode_id: Name = Field(description="As episode_start gave it.")
    tool: Name = Field(description="Name of the tool or program, such as bash, pytest, edit_file.")
    action: str = Field("", max_length=OBSERVATION, description="What the step was meant to do, in a sentence.")
    arguments: str | dict[str, Any] | list[Any] = Field(
        "", description=f"What the tool was called with: a command line, or JSON. At most {ARGUMENTS_BYTES} bytes."
    )
    observation: str = Field(
        "",
        max_length=OBSERVATION,
        description=f"What the tool answered; shorten it to the telling lines (at most {OBSERVATION} characters).",
    )
    result: StepResult = Field("unknown", description="How the call ended.")
    latency_ms: float | None = Field(None, ge=0, allow_inf_nan=False, description="Milliseconds that the call took.")
    tokens: int | None = Field(None, ge=0, lt=2**63, description="Tokens that the step cost.")


class EndAsked(Arguments):
    """Of episode_end."""

    episode_id: Name = Field(description="As episode_start gave it.")
    status: Literal["success", "partial", "failure", "abstained"] = Field(
        description="How the task ended, as it truly did: failures teach as much as successes."
    )
    summary: str = Field(
        "",
        max_length=TEXT,
        description="success: the verdict, such as which tests pass; failure and abstained (needed): the reason.",
    )
    details: str = Field("", max_length=TEXT, description="failure: details, such as the last error.")
    artifacts: Parts = Field([], description="success: what was made: paths, commits, URLs.")
    completed: Parts = Field([], description="partial: the parts that are done.")
    failed: Parts = Field([], description="partial: the parts that are not.")
    recall_ids: Annotated[list[Name], Field(max_length=50)] = Field(
        [], description="recall_id of each memory_context or memory_search that this task worked with."
    )
