"""Playbooks: how to go about a task, from the similar ones that went well.

Floor 2. Below: consensus, pitfalls, evidence. Above: the context pack, memory.

The steps are a consensus, not one run: of the similar episodes that succeeded the medoid gives the order, a step stays
where most of the others take it, too, and where they differ a placeholder stands. Whether an episode succeeded is read
from its recorded outcome alone.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from statistics import median

import msgspec

from tacit.lessons import Playbook, PlaybookStep
from tacit.logic.alignment import aligned
from tacit.logic.consensus import Plan, Run, consensus, follows
from tacit.logic.evidence import success_of, wilson_low
from tacit.logic.lowest_trust import lowest
from tacit.logic.moves import moves, phrased
from tacit.logic.pitfalls import pitfalls
from tacit.logic.stopwords import STOP_WORDS
from tacit.logic.words import terms, tokens
from tacit.types import Episode, Item, Knowledge, Pattern

__all__ = ["playbook", "rendered"]

READ = 24
"""Episodes that are read, the most relevant first."""
NEAR = 0.4
"""An episode counts whose relevance is at least this share of the best one's."""
FITTING = 0.6
"""Share of the words of a piece of knowledge that the task and the steps must have for it to say when they apply."""
QUOTED = 120
SOURCES = 20


def playbook(task: str, patterns: Sequence[Item], knowledge: Sequence[Item], episodes: Sequence[Item]) -> Playbook:
    """A playbook for a task in words, from what was recalled for it: each sequence the most relevant first.

    Without steps, with its reason, where nothing similar has succeeded; pitfalls are told all the same. Its texts are
    data from episodes: whoever renders it for an agent defuses them (`logic.pack.harmless`). Takes about 10 ms.
    """
    runs = _near(task, episodes[:READ])
    usable = [item for item in patterns if isinstance(item.payload, Pattern) and item.payload.state == "active"]
    warned = pitfalls(runs, usable)
    failed = [run for run in runs if run.success is not None and run.success < 0.5]
    plan = consensus([run for run in runs if run.success == 1.0], failed)
    if plan is None:
        book, sources = _without_runs(task, runs, usable, knowledge)
    else:
        book, sources = _with(plan, task, runs, knowledge)
    return _traced(msgspec.structs.replace(book, pitfalls=warned.lines), [*sources, *warned.sources])


def rendered(book: Playbook) -> str:
    """The playbook as lines for a context pack; "" where there is neither a step nor a pitfall."""
    lines = []
    if book.steps:
        lines.append(f"What worked before: {book.expected}" if book.expected else "What worked before")
        lines += [f"{number}. {step.do}" for number, step in enumerate(book.steps, start=1)]
        lines += [f"When: {book.when}"] if book.when else []
    lines += [f"Not when: {book.when_not}"] if book.when_not else []
    lines += [f"Pitfall: {pitfall}" for pitfall in book.pitfalls]
    return "\n".join(lines)


def _near(task: str, episodes: Sequence[Item]) -> list[Run]:
    """The episodes that are like the task: by their place in what was recalled, and by the words they share."""
    asked = _words(task)
    runs: list[Run] = []
    for place, item in enumerate(episodes):
        if isinstance(item.payload, Episode) and item.payload.steps:
            own = _words(item.payload.task)
            shared = 2 * len(asked & own) / (len(asked) + len(own)) if asked or own else 0.0
            runs.append(
                Run(
                    item=item,
                    moves=tuple(moves(item.payload.steps)),
                    success=success_of(item.payload.outcome),
                    weight=shared + 1 / (3 + place),
                )
            )
    best = max((run.weight for run in runs), default=0.0)
    return [run for run in runs if run.weight >= NEAR * best]


def _words(text: str) -> set[str]:
    return set(terms(text[:600])) - STOP_WORDS


def _with(plan: Plan, task: str, runs: Sequence[Run], knowledge: Sequence[Item]) -> tuple[Playbook, list[Item]]:
    judged = [run for run in runs if run.success is not None]
    went = [run for run in judged if follows(plan, run)]
    steps = tuple(PlaybookStep(do=phrased(step), tools=(step[0].tool,)) for step in plan.steps)
    fitting = _fitting(" ".join([task, *(step.do for step in steps)]), knowledge)
    book = Playbook(
        task=task,
        steps=steps,
        when=_when([run for run in went if run.success == 1.0] or plan.givers, fitting),
        when_not=_when_not(went),
        expected=_expected(went, judged),
        confidence=round(wilson_low(sum(run.success or 0.0 for run in went), len(went)), 3),
    )
    return book, [*(run.item for run in plan.givers), *fitting]


def _fitting(said: str, knowledge: Sequence[Item]) -> list[Item]:
    """The first piece of knowledge that speaks of the same: most of its words are in the task or in the steps."""
    there = set(terms(said[:4_000]))
    for item in knowledge:
        if isinstance(item.payload, Knowledge):
            said_there = (one for one in aligned([item.payload.pattern]).common if one[0] != "<")
            own = {word for one in said_there for word in terms(one)} - STOP_WORDS
            if own and len(own & there) >= FITTING * len(own):
                return [item]
    return []


def _when(runs: Sequence[Run], knowledge: Sequence[Item]) -> str:
    """What the tasks have in common in their words, where that says enough; else the most similar one as an example."""
    tasks = [_line(run.item.payload.task) for run in runs if isinstance(run.item.payload, Episode)]
    distinct = list(dict.fromkeys(tasks))
    common = aligned(distinct)
    if len(distinct) > 1 and common.share >= 0.65 and len(common.common) >= 3:
        said = f"tasks like “{common}”"
    else:
        said = f"tasks like “{distinct[0]}”"
    domains = {run.item.domain for run in runs}
    if len(domains) == 1 and (domain := domains.pop()):
        said += f" ({domain})"
    told = [item.payload.applicability for item in knowledge if isinstance(item.payload, Knowledge)]
    return "; ".join([said, *told])


def _when_not(went: Sequence[Run]) -> str:
    """What is peculiar to tasks that failed although they went this way, and that never succeeded so."""
    done = {_line(_task(run)) for run in went if run.success == 1.0}
    failed = {_line(_task(run)): run for run in went if run.success == 0.0}
    lost = [run for task, run in failed.items() if task not in done]
    if not lost:
        return ""
    safe = {word for run in went if run.success == 1.0 for word in _told(run)}
    telling = Counter(word for run in lost for word in _told(run) - safe)
    words = sorted((word for word, count in telling.items() if count >= 2), key=lambda word: (-telling[word], word))
    if words:
        many = telling[words[0]]
        return f"the task speaks of {', '.join(words[:4])}: {many} such tasks went this way and failed"
    return f"tasks like “{_line(_task(lost[0]))}”, which went this way and failed"


def _told(run: Run) -> set[str]:
    """Whole words of a task, so that they can be shown."""
    task = _task(run)[:600]
    both = zip(tokens(task), terms(task), strict=True)
    return {word for word, stem in both if len(word) > 2 and stem not in STOP_WORDS}


def _task(run: Run) -> str:
    return run.item.payload.task if isinstance(run.item.payload, Episode) else ""


def _line(text: str) -> str:
    flat = " ".join(text[: 8 * QUOTED].split())
    return flat if len(flat) <= QUOTED else flat[:QUOTED].rstrip() + " …"


def _expected(went: Sequence[Run], judged: Sequence[Run]) -> str:
    done = sum(run.success == 1.0 for run in went)
    all_done = sum(run.success == 1.0 for run in judged)
    lengths = [len(run.item.payload.steps) for run in went if isinstance(run.item.payload, Episode)]
    steps = f", typically in {median(lengths):g} steps" if lengths else ""
    return (
        f"{done} of {len(went)} similar episodes that went this way succeeded{steps}; "
        f"of all {len(judged)} similar ones {all_done}"
    )


def _without_runs(
    task: str, runs: Sequence[Run], patterns: Sequence[Item], knowledge: Sequence[Item]
) -> tuple[Playbook, list[Item]]:
    """From the best pattern with steps, else from knowledge, else empty with its reason."""
    judged = [run for run in runs if run.success is not None]
    reason = f"none of {len(judged)} similar episodes succeeded" if judged else "nothing like this was done before"
    item = max(filter(_has_steps, patterns), key=_trusted, default=None)
    if item is not None and isinstance(seen := item.payload, Pattern):
        total = seen.successes + seen.failures
        book = Playbook(
            task=task,
            steps=tuple(PlaybookStep(do=step) for step in seen.steps),
            when=seen.condition,
            expected=f"{seen.successes:g} of {total:g} episodes that did so succeeded",
            confidence=round(_trusted(item), 3),
        )
        return book, [item]
    known = next((one for one in knowledge if isinstance(one.payload, Knowledge)), None)
    if known is not None and isinstance(known.payload, Knowledge) and not judged:
        step = PlaybookStep(do=known.payload.pattern)
        book = Playbook(task=task, steps=(step,), when=known.payload.applicability, confidence=known.payload.confidence)
        return book, [known]
    return Playbook(task=task, reason=reason), []


def _has_steps(item: Item) -> bool:
    seen = item.payload
    return isinstance(seen, Pattern) and len(seen.steps) > 1 and seen.successes > seen.failures


def _trusted(item: Item) -> float:
    """Wilson lower bound of its rate of success."""
    seen = item.payload
    return wilson_low(seen.successes, seen.successes + seen.failures) if isinstance(seen, Pattern) else 0.0


def _traced(book: Playbook, sources: Iterable[Item]) -> Playbook:
    """With the ids of what it was made from, and the lowest trust among them."""
    unique = {item.id: item for item in sources}
    trust = lowest(item.trust for item in unique.values())
    return msgspec.structs.replace(book, sources=tuple(unique)[:SOURCES], trust=trust)
