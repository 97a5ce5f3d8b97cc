"""Programs: what is tried on a workspace, by whom it is written, who judges it, and how it gets there."""

from pathlib import Path

from tests.cutting.harness import brings, opened
from tests.improving.advised import SUMS, improved, patch, reply, summing
from tests.improving.repositories import commit, git, made

from tacit.memory.workspaces import WorkspaceProgress, improve_workspace

KEY = "ghp_" + "a1B2" * 9
TRIED: dict[str, str] = {
    "caching": "def pure(number):\n    return sum(n * n for n in range(number % 7 + 200))\n",
    "counting": "def counted(text: str):\n    words = text.split()\n    return [words.count(word) for word in words]\n",
    "membership": "WORDS = ('one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight')\n\n\n"
    "def is_word(word):\n    return [word in WORDS for _ in range(9)].count(True)\n",
    "queues": "def queue(size):\n    todo = [size]\n    while todo:\n        one = todo.pop(0)\n"
    "        if one > 1:\n            todo.append(one - 1)\n",
    "hoisting": "import re\n\n\ndef matched(text):\n    return [re.sub('[0-9]+', '#', text) for _ in range(50)]\n",
    "extremes": "def first(text: str):\n    words = text.split()\n    return [sorted(words)[0] for _ in range(50)]\n",
    "joins": "def joined(text: str):\n    out = ''\n    for one in text:\n        out = one + out\n    return out\n",
    "indexes": "import sqlite3\n\nSCHEMA = '''\nCREATE TABLE orders (id INTEGER PRIMARY KEY, customer INTEGER);\n'''\n"
    "db = sqlite3.connect(':memory:')\ndb.executescript(SCHEMA)\nfor n in range(30):\n"
    "    db.execute('SELECT id FROM orders WHERE customer = ?', (n,))\n",
}
"""Refactoring -> the smallest program that it would change."""


def last(steps: object) -> WorkspaceProgress:
    *_, told = steps  # type: ignore[misc]
    return told


def program(folder: Path, text: str, *, run: str = "import program\n") -> Path:
    """A repository of one program, of which no change passes its tests: what is proposed costs one run."""
    check = f"assert len(open('program.py').read()) == {len(text)}\n"
    return made(folder / "program", {"program.py": text, "run.py": run, "check.py": check})


def proposing(kind: str) -> None:
    """The scenario of a refactoring. Without `site` nothing is observed, and all may be hot; indexes are observed."""

    def scenario(folder: Path) -> None:
        run = "python run.py" if kind == "indexes" else "python -S run.py"
        told = last(improve_workspace(program(folder, TRIED[kind]), benchmark=run, test="python check.py"))
        assert kind in [one.key.partition(":")[0] for one in told.tried]

    brings(f"refactoring:{kind}")(scenario)


for one in TRIED:
    proposing(one)


def counting_steps(folder: Path, number: int, other: int) -> Path:
    """A program with one dial, which is what its benchmark counts; it may have one digit."""
    toml = (
        'benchmark = "python run.py"\ntest = "python check.py"\nmeasure = "stdout"\n[[dial]]\nname = "steps"\n'
        f'file = "program.py"\nconstant = "STEPS"\nvalues = [{number}, {other}]\n[limits]\nrounds = 8\n'
    )
    where = program(folder, f"STEPS = {number}\n", run="import program\nprint(program.STEPS)\n")
    commit(where, {"tacit-improve.toml": toml})
    return where


@brings("dials of programs")
def a_dial_of_a_program_is_turned(folder: Path) -> None:
    told = last(improve_workspace(counting_steps(folder, 8, 10)))
    assert [one.key for one in told.tried] == ["dial:steps=10"]


@brings("delivery")
def what_is_better_is_a_commit_of_the_workspace(folder: Path) -> None:
    where = counting_steps(folder, 8, 1)
    told = last(improve_workspace(where))
    assert [git(where, "rev-parse", "HEAD")] == [*told.commits]


@brings("judge of programs")
def what_is_worse_is_not_kept(folder: Path) -> None:
    assert last(improve_workspace(counting_steps(folder, 1, 8))).commits == ()


@brings("trials of programs")
def what_was_tried_on_a_program_is_in_the_book(folder: Path) -> None:
    with opened() as memory:
        last(improve_workspace(counting_steps(folder, 8, 10), memory=memory))
        assert [one.what for one in memory.ledger()] == ["trial"]
        assert len(memory.trials()) == 1


@brings("patches of a model")
def a_model_writes_what_no_rule_knows(folder: Path) -> None:
    steps, _ = improved(summing(folder / "sums"), reply(patch()))
    assert [one.origin for one in steps[-1].tried if one.commit] == ["scripted:model"]


@brings("places of patches")
def what_judges_is_not_rewritten_by_what_is_judged(folder: Path) -> None:
    easy = patch("print(len(sums.steps))", "print(1)", file="benchmark.py")
    steps, _ = improved(summing(folder / "sums"), reply(easy))
    assert steps[-1].commits == ()


@brings("reach of patches")
def a_patch_cannot_leave_before_it_is_tested(folder: Path) -> None:
    steps, _ = improved(summing(folder / "sums"), reply(patch(new="    import os\n    os._exit(0)\n")))
    assert steps[-1].tried == ()


@brings("secrets of programs")
def a_secret_is_not_sent(folder: Path) -> None:
    _, sent = improved(summing(folder / "sums", {"sums.py": SUMS.replace("LIMIT", f'TOKEN = "{KEY}"\nLIMIT', 1)}))
    assert KEY not in "".join(sent)


@brings("ignored files of programs")
def what_git_ignores_is_not_sent(folder: Path) -> None:
    _, sent = improved(summing(folder / "sums", {".gitignore": "sums.py\n"}))
    assert sent == []


@brings("what became of patches")
def a_model_is_told_what_failed(folder: Path) -> None:
    _, sent = improved(summing(folder / "sums"), reply(patch(new="    return 0\n")))
    assert "its tests or its benchmark failed" in sent[1]


@brings("patches of earlier runs")
def what_was_tried_yesterday_is_not_tried_today(folder: Path) -> None:
    worse, where = reply(patch(new="    return 0\n")), summing(folder / "sums")
    with opened() as memory:
        for _ in range(2):
            steps, _ = improved(where, worse, memory=memory)
        assert steps[-1].tried == ()
