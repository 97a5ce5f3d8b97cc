"""The nouns of the improvement loop: measures, bottlenecks, improvements, cases, trials, applications, ledger.

Floor 0, next to `lessons`. All of them are kept as rows under their ids in the spaces named at the end (`PutLearned`),
so that every store has them, a transaction may hold them, and views show them in their published shapes.
"""

from typing import Any, Literal

from tacit.types import Filter, Value

__all__ = [
    "ADVICE",
    "APPLICATIONS",
    "BOTTLENECKS",
    "CASES",
    "FORECASTS",
    "IMPROVEMENTS",
    "LEDGER",
    "LOOP",
    "POLICIES",
    "SAMPLES",
    "SNAPSHOTS",
    "STANDING",
    "TRIALS",
    "Alteration",
    "Application",
    "Bottleneck",
    "Case",
    "Consultation",
    "Entry",
    "Forecast",
    "Guard",
    "Idea",
    "Improvement",
    "Judgement",
    "Limits",
    "Metric",
    "PolicyRow",
    "Ran",
    "Sample",
    "Severity",
    "Snapshot",
    "Standing",
    "Status",
    "SuggestionType",
    "Target",
    "Trial",
]

Metric = Literal[
    "indexing_speed", "memory_usage_mb", "query_time_ms", "cpu_percent", "cache_hit_rate", "error_count",
    "database_size_mb", "active_connections", "queue_age_s", "recall_quality",
]  # fmt: skip
"""indexing_speed: files/s. query_time_ms: p95 of recalls. cache_hit_rate and recall_quality: in [0, 1]."""

Severity = Literal["low", "medium", "high", "critical"]
SuggestionType = Literal["optimization", "caching", "refactoring", "indexing"]
Status = Literal["proposed", "testing", "approved", "rejected", "applied"]


class Sample(Value, frozen=True, kw_only=True):
    """What one process did between two times; written about once a minute by each process that did anything."""

    process: str
    """Name of the run of a process: its id and when it began."""
    begun: int
    ended: int
    queries: tuple[float, ...] = ()
    """Milliseconds of recalls, at most some hundreds, evenly drawn where there were more."""
    recalls: int = 0
    errors: dict[str, int] = {}
    """Class of the error -> how often a call raised it."""
    cpu_seconds: float = 0.0
    memory_mb: float = 0.0
    """Resident, at the end."""
    cache_hits: int = 0
    """Texts whose vector was known."""
    cache_misses: int = 0
    cache_firsts: int = 0
    """Of the misses, those of texts that had not been embedded before: no cache could have known them."""
    files: int = 0
    """Indexed from folders."""
    indexing_seconds: float = 0.0


class Target(Value, frozen=True, kw_only=True):
    """What a metric should be at least (higher is better) or at most."""

    value: float
    source: Literal["shipped", "owner", "learned"] = "shipped"
    higher_is_better: bool = False


class Snapshot(Value, frozen=True, kw_only=True):
    """One analysis of the performance."""

    id: str
    timestamp: int
    session: str = ""
    metrics: dict[str, float] = {}
    """Metric -> value; what nothing was measured of is left out."""
    unmeasured: dict[str, str] = {}
    """Metric -> why there is no value."""
    detail: dict[str, Any] = {}
    """p50, counts, ages: what is behind the values."""
    targets: dict[str, Target] = {}
    analysis_ms: float = 0.0


class Forecast(Value, frozen=True, kw_only=True):
    """What a metric is expected to be at a later time, to be scored against what came."""

    id: str
    metric: str
    made_at: int
    due_at: int
    value: float
    low: float
    high: float
    """An interval of 90 %."""
    breach_at: int | None = None
    """When the trend passes the target; None: not in sight."""
    came: float | None = None
    """What was measured when it was due."""


class Bottleneck(Value, frozen=True, kw_only=True):
    """A metric that is worse than its target, or is about to be. At most one open row a metric."""

    id: str
    metric_name: str
    current_value: float
    target_value: float
    severity: Severity
    impact_score: float
    """min(100, deviation in percent); of a forecast one, the deviation that is expected."""
    description: str
    resolved: bool = False
    timestamp: int
    updated_at: int = 0
    resolved_at: int | None = None
    forecast: bool = False
    """Not there yet: `description` says when it is expected."""


class Alteration(Value, frozen=True, kw_only=True):
    """What an improvement changes. One kind is filled in."""

    kind: Literal["policy", "index", "retire", "embedder", "patch"] = "policy"
    policy: dict[str, Any] = {}
    """Dial -> new value."""
    index: str = ""
    """Column of items that gets a database index."""
    items: tuple[str, ...] = ()
    """Learned items that are retired."""
    embedder: str = ""
    diff: str = ""
    """Of a workspace, unified."""


class Improvement(Value, frozen=True, kw_only=True):
    """A reversible change that somebody or something suggests."""

    id: str
    bottleneck: str = ""
    """Id of the bottleneck that it is for."""
    metric: str = ""
    suggestion_type: SuggestionType = "optimization"
    description: str
    change: Alteration
    expected_improvement: float = 0.0
    """Percent; an estimate, never a measurement."""
    confidence: float = 0.0
    """Estimated probability that a trial finds it better."""
    status: Status = "proposed"
    origin: str = ""
    """Which proposer: `bandit:ARM`, `shipped`, `catalogue`, `owner`, or `model:NAME`, a chat model."""
    timestamp: int
    parent: str = ""
    """Id of the policy that it was proposed on."""


class Idea(Value, frozen=True, kw_only=True):
    """A change of dials that a chat model suggests: known dials, values within their ranges."""

    metric: str
    """The bottleneck that it is for."""
    dials: dict[str, float]
    """Dial -> new value."""
    kind: SuggestionType = "optimization"
    reason: str = ""
    """The model's own words, on one line; for people to read."""
    origin: str = ""
    """As in `Improvement.origin`."""


class Consultation(Value, frozen=True, kw_only=True):
    """One question to a chat model, and what came of it."""

    id: str
    timestamp: int
    origin: str
    """Of the ideas."""
    trials: int = 0
    """Trials of the memory that had been made by then."""
    ideas: tuple[Idea, ...] = ()
    wrong: tuple[str, ...] = ()
    """What was left out, and why; or why there was no answer."""
    tokens_read: int = 0
    tokens_written: int = 0


class Case(Value, frozen=True, kw_only=True):
    """A recall of the owner's with what would have been right: what trials replay."""

    id: str
    query: str
    relevant: dict[str, float]
    """Item -> grade in (0, 1]."""
    filter: Filter = Filter()
    k: int = 10
    origin: Literal["feedback", "outcome", "owner", "failure", "log"] = "owner"
    """Cases from failures judge, and are never shown to what proposes. `log`: nobody said what was right; `relevant` is
    what was shown, and only whether a faster policy shows the same can be judged by it."""
    created_at: int = 0


class Guard(Value, frozen=True, kw_only=True):
    """A measure that may not get worse by more than its margin; declared before the trial."""

    measure: str
    margin: float
    """Quality: absolute. Milliseconds: share of the old."""
    low: float = 0.0
    """Lower bound of the change, better is positive (95 %)."""
    passed: bool = True


class Judgement(Value, frozen=True, kw_only=True):
    """Whether the new is better than the old, by the rule that was declared before."""

    primary: str
    """`quality` or `milliseconds`."""
    accepted: bool
    reason: str
    change: float = 0.0
    """Of the primary measure; better is positive. Quality: absolute. Milliseconds: share of the old that is saved."""
    low: float = 0.0
    high: float = 0.0
    """95 % interval of the change, paired bootstrap."""
    p_value: float = 1.0
    level: float = 0.0
    """What the p-value had to fall under, given all looks before this one."""
    guards: tuple[Guard, ...] = ()
    cases: int = 0
    simpler: bool = False
    """Accepted for being equal and simpler."""


class Trial(Value, frozen=True, kw_only=True):
    """One side-by-side measurement in the sandbox."""

    id: str
    improvement: str
    timestamp: int
    number: int = 0
    """Ascending in a namespace: the look of the judge."""
    success: bool = False
    """Whether both sides could be measured."""
    before: dict[str, float] = {}
    """quality, milliseconds (mean CPU time a recall), p95_ms, regression."""
    after: dict[str, float] = {}
    performance_change_percent: float = 0.0
    judgement: Judgement | None = None
    errors: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    execution_time: float = 0.0
    """Seconds."""
    sandbox: str = ""


class Application(Value, frozen=True, kw_only=True):
    """An improvement that was made live, with what is needed to undo it."""

    id: str
    improvement: str
    applied_at: int
    before: dict[str, float] = {}
    after: dict[str, float] = {}
    """What the watch has measured live."""
    success: bool = True
    undo: dict[str, Any] = {}
    """What it takes back, and the hash of the state before."""
    state: Literal["watched", "kept", "rolled back"] = "watched"
    rolled_back_at: int | None = None
    ended_at: int | None = None
    notes: str = ""


class PolicyRow(Value, frozen=True, kw_only=True):
    """One immutable policy: what differs from the shipped one."""

    id: str
    parent: str = ""
    """"" is the shipped one."""
    dials: dict[str, Any] = {}
    by: str = ""
    """The improvement, or `owner`."""
    timestamp: int = 0


class Standing(Value, frozen=True, kw_only=True):
    """The pointer: which policy rules, and which one is on trial among live recalls. Kept as the note `STANDING`."""

    policy: str = ""
    """Id of a row in `POLICIES`; "" is the shipped one."""
    candidate: str = ""
    share: float = 0.0
    """Share of recalls that the candidate answers, drawn by the hash of the recall's id."""
    application: str = ""
    """Which is being watched."""


class Entry(Value, frozen=True, kw_only=True):
    """A line of the lab notebook."""

    id: str
    timestamp: int
    what: str
    """measured, bottleneck, recovered, asked, proposed, trial, applied, kept, rolled back, notified."""
    text: str
    refers: tuple[str, ...] = ()
    """Ids of what it is about."""
    figures: dict[str, float] = {}


class Limits(Value, frozen=True, kw_only=True):
    """What a program in a sandbox may use."""

    seconds: float = 60.0
    cpu_seconds: float = 60.0
    memory_mb: int = 2048
    """Address space of each process."""
    processes: int = 32
    """Threads count, too."""
    file_mb: int = 1024
    """Largest file that may be written."""
    output_kb: int = 4096
    """Of stdout and of stderr; what is over it is cut off, and the program is stopped."""


class Ran(Value, frozen=True, kw_only=True):
    """What became of a program in a sandbox."""

    exit_code: int
    """Negative: the signal that ended it."""
    output: bytes = b""
    errors: bytes = b""
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    peak_mb: float = 0.0
    stopped: Literal["", "time", "cpu", "memory", "output", "processes"] = ""
    """The limit that ended it, where one did."""


LOOP = "loop."
"""Prefix of the spaces below: learning anew leaves them alone."""
SAMPLES = "loop.samples"
SNAPSHOTS = "loop.snapshots"
FORECASTS = "loop.forecasts"
BOTTLENECKS = "loop.bottlenecks"
IMPROVEMENTS = "loop.improvements"
CASES = "loop.cases"
TRIALS = "loop.trials"
APPLICATIONS = "loop.applications"
POLICIES = "loop.policies"
LEDGER = "loop.ledger"
ADVICE = "loop.advice"
STANDING = "standing"
"""Key of the note."""
