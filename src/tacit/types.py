"""The nouns of tacit: frozen values that every floor speaks.

Floor 0: imports nothing of tacit; ports, logic, stores, verbs and doors all speak in these.
Times are integers, microseconds since 1970-01-01 UTC. Order comes from `sequence`, never from a time.
"""

from typing import Any, Literal

import msgspec

__all__ = [
    "Abstained",
    "Chunk",
    "Complexity",
    "Conversation",
    "Decision",
    "Episode",
    "Fact",
    "Failure",
    "Filter",
    "Interaction",
    "Item",
    "Kind",
    "Knowledge",
    "LearningEvent",
    "Message",
    "Outcome",
    "Partial",
    "Pattern",
    "PatternType",
    "Payload",
    "Preference",
    "Project",
    "Reflection",
    "Reward",
    "Rule",
    "RuleChange",
    "RuleType",
    "Solution",
    "Step",
    "StepResult",
    "Success",
    "Trust",
]

Kind = Literal[
    "message", "interaction", "episode", "fact", "chunk", "preference", "project", "conversation", "decision",
    "learning_event", "solution", "pattern", "rule", "knowledge",
]  # fmt: skip
"""What an item is. The last three are learned: nobody records them, but people may add rules."""

Trust = Literal["high", "medium", "low"]
"""Who vouches for a text: a person (high), the agent or its model (medium), a tool or a page (low)."""

StepResult = Literal["success", "error", "timeout", "unknown"]
Complexity = Literal["simple", "moderate", "complex"]

PatternType = Literal[
    "tool_sequence", "decision_point", "error_recovery", "context", "heuristic", "hybrid", "solution", "custom"
]
RuleType = Literal["CORE_RULE", "RESPONSE_PRINCIPLE", "BEHAVIORAL_ADJUSTMENT", "GENERAL_LEARNING"]


class Value(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Base of every noun: immutable, made by keyword, defaults left out of its JSON."""


class Step(Value, frozen=True, kw_only=True):
    """One tool call within an episode."""

    tool: str
    """Name of the tool or program."""
    action: str = ""
    """What the agent meant to do, in words."""
    arguments: str = ""
    """What the tool was called with: a command line, or JSON. At most 1 MB."""
    observation: str = ""
    """What the tool answered. At most 10,000 characters."""
    result: StepResult = "unknown"
    latency_ms: float | None = None
    tokens: int | None = None
    reward: float | None = None
    """What the environment paid for this step, where it pays per step."""


class Success(Value, frozen=True, kw_only=True, tag="success", tag_field="status"):
    """The task was done."""

    verdict: str = ""
    artifacts: tuple[str, ...] = ()


class Partial(Value, frozen=True, kw_only=True, tag="partial", tag_field="status"):
    """A part of the task was done."""

    completed: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()


class Failure(Value, frozen=True, kw_only=True, tag="failure", tag_field="status"):
    """The task was not done."""

    reason: str = ""
    details: str = ""


class Abstained(Value, frozen=True, kw_only=True, tag="abstained", tag_field="status"):
    """The agent chose not to go on."""

    reason: str = ""
    at_step: int | None = None


Outcome = Success | Partial | Failure | Abstained


class Reward(Value, frozen=True, kw_only=True):
    """What an episode was worth: `total = base * efficiency * complexity * quality + bonus`."""

    base: float = 0.0
    """1 for success, the completed share for a part, 0 for failure."""
    efficiency: float = 1.0
    """In [0.5, 1.5], against the median of the domain."""
    complexity: float = 1.0
    quality: float = 1.0
    """In [0.5, 1.5]."""
    bonus: float = 0.0
    """At most 0.5, for what was learned."""
    total: float = 0.0
    value: float = 0.0
    """In [-1, 1]: the measure that is compared."""


class Reflection(Value, frozen=True, kw_only=True):
    """What an episode says of itself, five sentences of each kind at most."""

    successes: tuple[str, ...] = ()
    improvements: tuple[str, ...] = ()
    insights: tuple[str, ...] = ()


class Episode(Value, frozen=True, kw_only=True, tag="episode", tag_field="kind"):
    """One task run: the task, its steps, its outcome."""

    task: str
    """The task in words. At most 10,000 characters."""
    task_type: str = "other"
    complexity: Complexity = "moderate"
    framework: str = ""
    agent: str = ""
    steps: tuple[Step, ...] = ()
    """In the order in which they were logged. At most 1,000."""
    outcome: Outcome | None = None
    """None while the episode is open, or where an imported transcript does not say how it ended."""
    started_at: int = 0
    ended_at: int | None = None
    recalls: tuple[str, ...] = ()
    """Ids of the recalls that it worked with: its outcome is evidence for, or against, what they showed."""
    reward: Reward | None = None
    """None until it was learned from, or where it has no outcome."""
    reflection: Reflection | None = None
    """None until it was learned from."""


class Message(Value, frozen=True, kw_only=True, tag="message", tag_field="kind"):
    """One utterance of one author; its words are the item's text."""

    role: str = ""


class Interaction(Value, frozen=True, kw_only=True, tag="interaction", tag_field="kind"):
    """One exchange: question, answer, and what to take away from it."""

    question: str
    answer: str = ""
    takeaway: str = ""


class Fact(Value, frozen=True, kw_only=True, tag="fact", tag_field="kind"):
    """One statement that holds for a time; a newer one with the same key supersedes it."""

    statement: str


class Chunk(Value, frozen=True, kw_only=True, tag="chunk", tag_field="kind"):
    """A piece of an indexed file: a definition of code, or a section of prose."""

    path: str
    """Relative to the indexed folder, with forward slashes."""
    start_line: int
    """1-based, inclusive."""
    end_line: int
    symbol: str = ""
    """Name of the definition, or heading of the section."""
    digest: str = ""
    """Of the whole file that the chunk was cut from."""


class Preference(Value, frozen=True, kw_only=True, tag="preference", tag_field="kind"):
    """What somebody likes: key -> JSON value, in a category."""

    key: str
    value: Any
    category: str = "general"


class Project(Value, frozen=True, kw_only=True, tag="project", tag_field="kind"):
    """Something that is being worked on."""

    name: str
    path: str = ""
    description: str = ""
    tech_stack: tuple[str, ...] = ()
    status: str = "active"


class Conversation(Value, frozen=True, kw_only=True, tag="conversation", tag_field="kind"):
    """The summary of a conversation, with what was decided in it."""

    summary: str
    key_decisions: tuple[str, ...] = ()
    user_feedback: str = ""


class Decision(Value, frozen=True, kw_only=True, tag="decision", tag_field="kind"):
    """A choice among options; its outcome and reward come later."""

    agent_type: str
    context: str
    options: tuple[str, ...]
    chosen: str
    reasoning: str = ""
    outcome: str = ""
    reward: float | None = None
    """In [-1, 1], once known."""


class LearningEvent(Value, frozen=True, kw_only=True, tag="learning_event", tag_field="kind"):
    """Success, failure or feedback on a task, with a reward."""

    event_type: Literal["success", "failure", "feedback"]
    task: str
    outcome: str = ""
    reward: float = 0.0
    """In [-1, 1]."""


class Solution(Value, frozen=True, kw_only=True, tag="solution", tag_field="kind"):
    """A problem in its context and what solved it, with how often it did."""

    solution_type: Literal["error_fix", "feature", "optimization"]
    context: str
    solution: str
    successes: int = 1
    failures: int = 0


class Pattern(Value, frozen=True, kw_only=True, tag="pattern", tag_field="kind"):
    """An abstraction that several episodes may share, with its evidence. The item's key is its fingerprint."""

    pattern_type: PatternType
    extractor: str
    """Name of the extractor that saw it first."""
    condition: str = ""
    """When it applies, in words."""
    action: str = ""
    """What was done then, in words."""
    tools: tuple[str, ...] = ()
    """What must be at hand to do it, in order of use, once each."""
    steps: tuple[str, ...] = ()
    """What is done, in order, masked of what is peculiar to one episode."""
    count: int = 0
    """Episodes in which it was seen, each counted once."""
    successes: float = 0.0
    """Sum of the success of those that have an outcome: 1, 0, or the completed share."""
    failures: float = 0.0
    """Sum of what is missing to success in those."""
    reward: float = 0.0
    """Mean `Reward.value` of those."""
    examples: tuple[str, ...] = ()
    """Ids of up to five of the episodes, the first and the latest."""
    first_seen: int = 0
    last_seen: int = 0
    lift: float | None = None
    """Success rate with it minus without it among comparable episodes; None until both have been seen."""
    q_value: float | None = None
    """Of the contrast, adjusted for the number of patterns that were looked at (Benjamini, Hochberg 1995)."""
    precision: float | None = None
    """On episodes held back: of those that had it, how many succeeded. None until there were any."""
    coverage: float | None = None
    """On episodes held back: of those that succeeded, how many had it (recall, as a classifier's)."""
    f1: float | None = None
    risk: float = 0.0
    """In [0, 1]: how often it came with errors or failure."""
    state: Literal["active", "retired"] = "active"
    reason: str = ""
    """Why it was retired."""


class RuleChange(Value, frozen=True, kw_only=True):
    """One line of a rule's history."""

    at: int
    operation: Literal["add", "update", "remove", "merge", "reinforce", "weaken", "promote", "retire", "restore"]
    text: str = ""
    """The rule's text before."""
    confidence: float = 0.0
    """Before."""
    by: str = ""
    """Who: person, teacher, evidence, effect."""
    reason: str = ""


class Rule(Value, frozen=True, kw_only=True, tag="rule", tag_field="kind"):
    """Text that is told to the agent, `[TYPE|confidence] text`. The item's key is its canonical text."""

    rule_type: RuleType
    rule: str
    """The text, without its head."""
    confidence: float = 0.5
    """In [0, 1]."""
    origin: Literal["person", "teacher", "earned"] = "person"
    condition: str = ""
    """When it applies; empty: always."""
    state: Literal["active", "retired", "quarantined"] = "active"
    reason: str = ""
    """Why it is not active."""
    history: tuple[RuleChange, ...] = ()
    """The latest fifty changes, oldest first."""


class Knowledge(Value, frozen=True, kw_only=True, tag="knowledge", tag_field="kind"):
    """A distilled generalisation of several patterns."""

    category: str
    pattern: str
    """With placeholders such as `<path>` where the patterns differ."""
    applicability: str
    """When it applies, in words."""
    confidence: float
    """In [0, 1]."""
    source_count: int
    """Patterns that it was distilled from."""


Payload = (
    Episode | Message | Interaction | Fact | Chunk | Preference | Project | Conversation | Decision | LearningEvent
    | Solution | Pattern | Rule | Knowledge
)  # fmt: skip


class Item(Value, frozen=True, kw_only=True):
    """Anything that can be recalled: common columns, and a typed payload."""

    id: str
    """UUIDv7."""
    kind: Kind
    text: str
    """What is searched by words and by meaning, and what recall shows."""
    payload: Payload | None = None
    """None where the item was read without it (candidates of a recall)."""
    key: str | None = None
    """Natural key, unique among the current items of a kind in a namespace."""
    type: str = ""
    """Sub-type within the kind: a task type, an event type, a category."""
    author: str = ""
    session: str = ""
    context: tuple[str, ...] = ()
    """Up to two short texts said just before in the same session, the latest last: helps to find, is not shown."""
    domain: str = ""
    language: str = ""
    tags: tuple[str, ...] = ()
    metadata: dict[str, str | int | float | bool | None] = {}
    source: str = ""
    """Where it came from: `cli`, `mcp`, `import:claude_code`, a folder, ..."""
    trust: Trust = "medium"
    derived_from: tuple[str, ...] = ()
    """Ids of the items that this one was made from; forgetting one of them forgets this one."""
    created_at: int = 0
    """When it happened, as told or as recorded."""
    valid_from: int | None = None
    valid_to: int | None = None
    superseded_by: str | None = None
    sequence: int = 0
    """Given by the store at the first write, ascending; 0 before."""
    revision: int = 1
    """Counts the writes of this item; a replacement names the revision that it has read."""


class Filter(Value, frozen=True, kw_only=True):
    """Which items count. An empty field does not restrict; the fields restrict together."""

    kinds: tuple[Kind, ...] = ()
    types: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    sessions: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    """All of these."""
    metadata: dict[str, str | int | float | bool | None] = {}
    """Equal to each of these. Keys match `[A-Za-z_][A-Za-z0-9_.-]{0,63}`."""
    since: int | None = None
    """created_at at or after."""
    until: int | None = None
    """created_at before."""
    valid_at: int | None = None
    """Valid at this time: valid_from at or before it (or unknown), valid_to after it (or open)."""
    current: bool = False
    """Leave out what was superseded."""
    derived_from: tuple[str, ...] = ()
    """Derived from any of these ids."""
