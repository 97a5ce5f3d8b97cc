"""Any program as the target: real git, the real sandbox, measures that do not depend on the machine."""

import subprocess
import sys
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from tests.improving.repositories import commit, git, made, state

import tacit
from tacit.errors import Conflict, InvalidInput, NotFound, TacitError
from tacit.improvement import Trial
from tacit.logic.refactoring import REFACTORINGS
from tacit.memory.workspaces import WorkspaceProgress, improve_workspace, revert_workspace
from tacit.operations.improve_workspace.errand import read_errand
from tacit.operations.improve_workspace.repository import Clone

SHOP = '''"""A shop."""

import sqlite3

BATCH = 1
SCHEMA = """
CREATE TABLE orders (id INTEGER PRIMARY KEY, customer INTEGER);
"""


def opened():
    db = sqlite3.connect(":memory:")
    db.executescript(SCHEMA)
    return db


def fill(db, rows=60):
    for start in range(0, rows, BATCH):
        db.executemany("INSERT INTO orders (customer) VALUES (?)", [(n % 7,) for n in range(start, start + BATCH)])


def orders(db, customer):
    return [id for (id,) in db.execute("SELECT id FROM orders WHERE customer = ?", (customer,))]
'''
BENCHMARK = """import json
import shop

steps = []
db = shop.opened()
db.set_progress_handler(lambda: steps.append(1), 5)
shop.fill(db)
found = [len(shop.orders(db, customer % 7)) for customer in range(90)]
print(json.dumps({"steps": len(steps) + 1000 // shop.BATCH}))
"""
CHECK = """import shop

db = shop.opened()
shop.fill(db)
assert len(shop.orders(db, 3)) == 60 // 7 + 1
assert shop.BATCH < 10, "too big a batch"
"""
TOML = """benchmark = "python benchmark.py"
test = "python check.py"
measure = "stdout"
key = "steps"

[[dial]]
name = "batch"
file = "shop.py"
constant = "BATCH"
values = [1, 3, 30]

[limits]
rounds = 8
seconds = 20
"""


SLOW = '''"""One of each."""

import re

WORDS = ("one", "two", "three", "four", "five", "six", "seven", "eight")


def pure(number):
    return sum(n * n for n in range(number % 7 + 200))


def is_word(word):
    return [word in WORDS for _ in range(1500)].count(True)


def counted(text: str):
    words = text.split()
    return sum(words.count(word) for word in words)


def queue(size):
    todo = [size]
    done = 0
    while todo:
        one = todo.pop(0)
        done += one
        if one > 1:
            todo.append(one - 1)
    return done


def matched(text):
    return [re.sub("[0-9]+", "#", text) for _ in range(50)]


def first(text: str):
    words = text.split()
    return [sorted(words)[0] for _ in range(50)]


def joined(text: str):
    out = ""
    for letter in text:
        out = letter + out
    return out

'''
DRIVE = "import slow\n\nslow.first('b a')\n"


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return made(
        tmp_path / "shop", {"shop.py": SHOP, "benchmark.py": BENCHMARK, "check.py": CHECK, "tacit-improve.toml": TOML}
    )


def last(steps: Any) -> WorkspaceProgress:
    *_, told = steps
    return told


def test_what_is_better_becomes_commits_that_are_taken_back_to_the_same_tree(shop: Path, tmp_path: Path) -> None:
    before = git(shop, "rev-parse", "HEAD^{tree}")
    with tacit.open(tmp_path / "memory.db", embedder="none", worker=False) as memory:
        told = last(improve_workspace(shop, memory=memory))
        assert [one.key for one in told.tried] == ["dial:batch=3", "dial:batch=30", "indexes:orders:customer"]
        batch, too_big, index = told.tried
        assert (batch.accepted, too_big.accepted, index.accepted) == (True, False, True)
        assert "too big a batch" in too_big.reason
        assert batch.judgement is not None
        assert batch.judgement.cases == 8
        assert told.after < told.before
        assert told.commits == (batch.commit, index.commit)
        assert git(shop, "rev-parse", "HEAD") == index.commit
        assert git(shop, "status", "--porcelain") == ""
        assert "BATCH = 3\n" in (shop / "shop.py").read_text()
        assert "CREATE INDEX IF NOT EXISTS idx_orders_customer ON orders (customer);" in (shop / "shop.py").read_text()
        message = git(shop, "log", "-1", "--format=%B")
        assert f"95 % interval {index.judgement.low:.1%}" in message  # type: ignore[union-attr]
        assert "git revert" in message

        lines = [entry.what for entry in memory.ledger()]
        assert sorted(lines) == ["applied", "applied", "trial", "trial", "trial"]
        kept = [one for one in memory.trials() if one.judgement is not None and one.judgement.accepted]
        assert [type(one) for one in kept] == [Trial, Trial]
        assert {one.state for one in memory.applications()} == {"kept"}
        memory.propose()

        assert last(improve_workspace(shop, trials=1, refactorings=False)).commits == ()
        alone = revert_workspace(shop, batch.commit[:12], memory=memory)
        assert (alone.commits, alone.identical) == ((batch.commit,), None)
        assert "BATCH = 1\n" in (shop / "shop.py").read_text()
        assert "idx_orders_customer" in (shop / "shop.py").read_text()

        done = revert_workspace(shop, memory=memory)
        assert (done.commits, done.identical) == ((index.commit,), True)
        assert done.tree == git(shop, "rev-parse", "HEAD^{tree}") == before
        assert (shop / "shop.py").read_text() == SHOP
        assert {one.state for one in memory.applications()} == {"rolled back"}
    with pytest.raises(InvalidInput, match="nothing to take back"):
        revert_workspace(shop)


def test_every_known_refactoring_is_on_the_live_path(tmp_path: Path) -> None:
    """Without `site` nothing is observed, so that all may be hot. Indexes need to be observed: see above."""
    kept_as_it_is = f"import pathlib\nassert len(pathlib.Path('slow.py').read_text()) == {len(SLOW)}\n"
    folder = made(tmp_path / "slow", {"slow.py": SLOW, "drive.py": DRIVE, "check.py": kept_as_it_is})
    told = last(improve_workspace(folder, benchmark="python -S drive.py", test="python check.py"))
    tried = {one.key.partition(":")[0] for one in told.tried if "AssertionError" in one.reason}
    assert tried == {one.__name__ for one in REFACTORINGS} - {"indexes"}
    assert told.commits == ()


def test_what_others_committed_is_not_taken_back(shop: Path) -> None:
    before = state(shop)
    with pytest.raises(InvalidInput, match="no improvement of tacit's"):
        revert_workspace(shop, "HEAD")
    with pytest.raises(NotFound):
        revert_workspace(shop, "--exec=true")
    assert state(shop) == before


def test_a_change_that_makes_no_difference_is_given_up_early(shop: Path) -> None:
    commit(
        shop,
        {
            "tacit-improve.toml": TOML.replace("BATCH", "UNUSED").replace("1, 3, 30", "1, 3"),
            "shop.py": SHOP.replace("BATCH = 1", "UNUSED = 1\nBATCH = 1"),
        },
    )
    told = last(improve_workspace(shop, refactorings=False))
    assert [one.accepted for one in told.tried] == [False]
    assert "no gain in sight after 5 pairs" in told.tried[0].reason


def test_left_in_the_middle_nothing_is_changed(shop: Path) -> None:
    before = state(shop)
    steps = improve_workspace(shop)
    assert [one.stage for one in islice(steps, 4)] == ["checking", "observing", "trying", "trying"]
    steps.close()  # type: ignore[attr-defined]
    assert state(shop) == before


def test_what_was_changed_meanwhile_is_not_overwritten_and_hooks_do_not_run(shop: Path, tmp_path: Path) -> None:
    hook = shop / ".git" / "hooks" / "post-merge"
    hook.write_text(f"#!/bin/sh\ntouch {tmp_path / 'hooked'}\n")
    hook.chmod(0o755)
    clone = Clone(shop, tmp_path / "clone")
    kept = clone.commit({"shop.py": SHOP + "# better\n"}, "Better\n\nTacit-Improvement: x\n")
    clone.deliver()
    assert git(shop, "rev-parse", "HEAD") == kept
    commit(shop, {"shop.py": SHOP + "# mine\n"})
    before = state(shop)
    clone.commit({"shop.py": SHOP + "# best\n"}, "Best")
    with pytest.raises(Conflict):
        clone.deliver()
    assert state(shop) == before
    assert not (tmp_path / "hooked").exists()


def test_what_a_program_writes_stays_in_the_copy(shop: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    commit(shop, {"check.py": f"open('stray', 'w').write('x')\nopen({str(outside)!r}, 'w')\n"})
    before = state(shop)
    with pytest.raises(InvalidInput, match="tests fail"):
        last(improve_workspace(shop))
    assert state(shop) == before
    assert not outside.exists()


UNFIT = {
    "tests fail": {"check.py": "raise SystemExit('red from the start')\n"},
    "the benchmark fails": {"benchmark.py": "import nowhere\n"},
    "the benchmark says nothing": {"benchmark.py": "print('fast!')\n"},
    "a dial of no constant": {"tacit-improve.toml": TOML.replace("BATCH", "BITCH")},
    "the tests never end": {"check.py": "while True: pass\n", "tacit-improve.toml": TOML.replace("= 20", "= 0.5")},
}


@pytest.mark.parametrize("how", UNFIT)
def test_what_cannot_be_tried_is_refused_and_nothing_is_changed(shop: Path, how: str) -> None:
    commit(shop, UNFIT[how])
    before = state(shop)
    with pytest.raises(InvalidInput) as raised:
        last(improve_workspace(shop))
    assert raised.value.remedy
    assert state(shop) == before


ODD = {
    "no toml": "a = [",
    "an unknown key": "speed = 1\n" + TOML,
    "a dial without a place": TOML.replace('constant = "BATCH"', ""),
    "a dial without values": TOML.replace("values = [1, 3, 30]", ""),
    "a dial elsewhere": TOML.replace("shop.py", "../shop.py"),
    "an odd dial": TOML.replace("name =", "nome ="),
    "an empty range": TOML.replace("values = [1, 3, 30]", "low = 3\nhigh = 3"),
    "a logarithm of nothing": TOML.replace("values = [1, 3, 30]", "low = 0\nhigh = 3\nscale = 'log'"),
    "no benchmark": TOML.replace('benchmark = "python benchmark.py"', ""),
    "no words": TOML.replace("python check.py", "python 'check.py"),
    "a limit of nothing": TOML.replace("seconds = 20", "seconds = 0"),
    "too few rounds": TOML.replace("rounds = 8", "rounds = 2"),
    "another measure": TOML.replace('"stdout"', '"feeling"'),
    "reads nothing": 'reads = ["nowhere"]\n' + TOML,
}


@pytest.mark.parametrize("how", ODD)
def test_a_file_that_says_something_odd_is_refused(tmp_path: Path, how: str) -> None:
    (tmp_path / "tacit-improve.toml").write_text(ODD[how])
    with pytest.raises(InvalidInput):
        read_errand(tmp_path, {})


def test_flags_go_before_the_file(tmp_path: Path) -> None:
    (tmp_path / "tacit-improve.toml").write_text(TOML)
    errand = read_errand(tmp_path, {"test": "make 'all of it'", "measure": "cpu", "rounds": None})
    assert errand.test == ("make", "all of it")
    assert errand.benchmark == (sys.executable, "benchmark.py")
    assert (errand.measure, errand.rounds, errand.limits.seconds) == ("cpu", 8, 20.0)
    with pytest.raises(InvalidInput, match="not known"):
        read_errand(tmp_path, {"speed": 3})


def test_a_folder_that_is_no_clean_repository_is_refused(shop: Path, tmp_path: Path) -> None:
    plain, empty, inner = tmp_path / "plain", tmp_path / "empty", shop / "inner"
    for folder in (plain, empty, inner):
        folder.mkdir()
    git(empty, "init", "--quiet")
    cases: list[tuple[Path, type[TacitError], str]] = [
        (tmp_path / "nowhere", NotFound, "no folder"),
        (plain, InvalidInput, "not a git repository"),
        (inner, InvalidInput, "not a git repository"),
        (empty, InvalidInput, "no commit"),
    ]
    for folder, kind, said in cases:
        with pytest.raises(kind, match=said):
            last(improve_workspace(folder, benchmark="true", test="true"))
    (shop / "new.py").write_text("x = 1\n")
    with pytest.raises(Conflict, match="not clean"):
        last(improve_workspace(shop))
    with pytest.raises(Conflict, match="not clean"):
        revert_workspace(shop)


def test_the_command_line_improves_and_takes_back(shop: Path, tmp_path: Path) -> None:
    def called(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "tacit", "--db", str(tmp_path / "m.db"), "improve", "--workspace", str(shop)]
        return subprocess.run([*command, *words], capture_output=True, text=True, check=False)

    tacit.open(tmp_path / "m.db", embedder="none", worker=False).close()
    before = git(shop, "rev-parse", "HEAD^{tree}")
    ran = called("--trials", "1")
    assert ran.returncode == 0, ran.stderr
    assert "✓ batch from 1 to 3 in shop.py" in ran.stdout
    assert "1 trial, 1 commit:" in ran.stdout
    assert called("--revert", "all", "--test", "true").returncode == 2
    ran = called("--revert", "all")
    assert "identical to before" in ran.stdout
    assert git(shop, "rev-parse", "HEAD^{tree}") == before
    ran = called("--test", "false")
    assert ran.returncode == 2
    assert "the tests fail before anything was changed" in ran.stderr
