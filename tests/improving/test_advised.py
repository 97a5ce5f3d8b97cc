"""Patches of a chat model: asked with little, told before it is sent, checked, tried like any other, taken back."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from bench.replies import served
from tests.improving.advised import BETTER, CHECK, SUMS, TOML, WHY, improved, patch, reply, summing
from tests.improving.repositories import commit, git, state

import tacit
from tacit.chat import Reply
from tacit.errors import ModelError
from tacit.memory.workspaces import improve_workspace, revert_workspace
from tacit.testing import ScriptedModel

KEY = "ghp_" + "a1B2" * 9

KEY = "ghp_" + "a1B2" * 9


def test_a_good_patch_becomes_a_commit_that_names_its_author_and_is_taken_back_to_the_same_tree(tmp_path: Path) -> None:
    folder = summing(tmp_path / "sums")
    before = git(folder, "rev-parse", "HEAD^{tree}")
    with tacit.open(tmp_path / "memory.db", embedder="none", worker=False) as memory:
        steps, sent = improved(folder, reply(patch()), memory=memory)
        told = steps[-1]
        assert [(one.accepted, one.origin) for one in told.tried] == [(True, "scripted:model")]
        assert git(folder, "rev-parse", "HEAD") == told.commits[0]
        assert BETTER in (folder / "sums.py").read_text()
        message = git(folder, "log", "-1", "--format=%B")
        assert message.startswith(f"sums.py: {WHY} (written by scripted:model)\n")
        assert message.endswith("\nTacit-Origin: scripted:model")
        assert "=== sums.py" in sent[0]  # whether it is asked again hangs on whether anything is hot now

        assert memory.improvements(limit=1)[0].origin == "workspace:model:scripted:model"
        ledger = [one.text for one in memory.ledger() if one.what == "asked"]
        assert sorted(ledger) == sorted(f"sums: {note}" for note in told.notes)
        done = revert_workspace(folder, memory=memory)
        assert done.identical
        assert done.tree == git(folder, "rev-parse", "HEAD^{tree}") == before

        again, _ = improved(folder, reply(patch()), memory=memory)
        assert again[-1].tried == ()
        assert any("the same was tried before" in note for note in again[-1].notes)


HARMFUL = {
    "breaks the tests": [(patch(new="    return 0\n"), "AssertionError")],
    "prints something else": [(patch(new=BETTER.replace(" // 2", " // 2 % 1000")), "printed something else")],
    "touches what judges": [
        (patch("import sums\n", "", file="check.py"), "check.py judges"),
        (patch("print(len(sums.steps))", "print(1)", file="benchmark.py"), "benchmark.py judges"),
        (patch("rounds = 8", "rounds = 6", file="tacit-improve.toml"), "tacit-improve.toml judges"),
    ],
    "touches what is elsewhere": [
        (patch("root", "toor", file="../sums/sums.py"), "../sums/sums.py is outside of the workspace"),
        (patch("root", "toor", file="/etc/passwd"), "/etc/passwd is outside of the workspace"),
        (patch(file="link.py"), "link.py is no text file that git tracks here"),
    ],
    "touches what it cannot know": [
        (patch("[core]", "[hack]", file=".git/config"), ".git/config is no text file that git tracks here"),
        (patch("Sums", "Sum", file="README"), "README was not shown"),
        (patch("x = 1", "x = 2", file="new.py"), "new.py is no text file that git tracks here"),
    ],
    "does not fit": [
        (patch("out", "x"), "stands several times in sums.py"),
        (patch("def sum_of", "def total"), "stands nowhere in sums.py"),
        (patch(new="    import os\n    os._exit(0)\n"), "sums.py would reach for import os, os._exit"),
    ],
}


@pytest.mark.parametrize("how", HARMFUL)
def test_a_patch_that_may_not_be_or_does_harm_changes_nothing_and_the_reason_is_told(how: str, tmp_path: Path) -> None:
    folder = summing(tmp_path / "sums", {"README": "Sums.\n"})
    (folder / "link.py").symlink_to("sums.py")
    commit(folder, {})
    before = state(folder)
    steps, _ = improved(folder, reply(*(one for one, _ in HARMFUL[how])))
    told = steps[-1]
    said = "\n".join([*told.notes, *(one.reason for one in told.tried)])
    assert [reason for _, reason in HARMFUL[how] if reason not in said] == []
    assert told.commits == ()
    assert state(folder) == before


ODD = {
    "prose around": (f"Here you are:\n{reply(patch())}", "not the JSON that was asked for"),
    "another form": ('{"patches": [{"diff": "--- a"}]}', "not the JSON that was asked for"),
    "cut off": (Reply(text=reply(patch()), ended=False), "cut off"),
    "too many": (reply(*[patch()] * 9), "it has 9 patches"),
    "no answer": (ModelError("it failed", cause="status 503", remedy="wait"), "failed, and is not asked again"),
}


@pytest.mark.parametrize("how", ODD)
def test_a_reply_that_is_none_is_refused_whole_and_the_reason_is_told(how: str, tmp_path: Path) -> None:
    folder = summing(tmp_path / "sums")
    before = state(folder)
    steps, sent = improved(folder, ODD[how][0])
    told = steps[-1]
    assert ODD[how][1] in "\n".join(told.notes)
    assert (told.tried, told.commits) == ((), ())
    assert len(sent) == (1 if how == "no answer" else 2)
    assert state(folder) == before


def test_what_is_sent_is_told_before_it_is(tmp_path: Path) -> None:
    model = ScriptedModel([reply(patch())])
    steps = improve_workspace(summing(tmp_path / "sums"), chat=model)
    told = next(one for one in steps if one.stage == "asking")
    assert model.asked == []
    next(steps)
    size = sum(len(one.text) for one in model.asked[0])
    assert told.text == f"asks scripted:model, sends {size:,} characters, excerpts of sums.py"
    steps.close()  # type: ignore[attr-defined]


def test_secrets_and_what_git_ignores_and_what_judges_are_not_sent(tmp_path: Path) -> None:
    """One file each, all of them hot."""
    of = {name: SUMS.replace('"""Sums."""', f'"""Sums, {name}."""') for name in ("open", "keyed", "private")}
    of["keyed"] = of["keyed"].replace("LIMIT", f'TOKEN = "{KEY}"\nLIMIT', 1)
    files = {
        **{f"{name}_sums.py": text for name, text in of.items()},
        ".gitignore": "private*\n",
        "check.py": "",
        "benchmark.py": "".join(f"import {name}_sums\nprint(len({name}_sums.report()))\n" for name in of)
        + "print(1)\n",
    }
    steps, sent = improved(summing(tmp_path / "sums", files))
    text = "\n".join(sent)
    assert "Sums, open" not in text, "not even what functions need not"
    assert "=== open_sums.py" in text
    assert not [word for word in (KEY, "keyed", "private", "import open_sums", "assert") if word in text]
    notes = "\n".join(steps[-1].notes)
    assert "keyed_sums.py is not shown to scripted:model: there is a secret in it" in notes
    assert "private_sums.py is not shown to scripted:model: git is told to ignore it" in notes


def test_what_failed_is_told_with_the_next_question_and_what_the_tests_said_is_not(tmp_path: Path) -> None:
    folder = summing(tmp_path / "sums")
    steps, sent = improved(folder, reply(patch(new="    return 0\n", why="Nothing is faster")))
    assert "Nothing is faster (written by scripted:model): its tests or its benchmark failed" in sent[1]
    assert "+    return 0" in sent[1]
    assert "Assertion" in steps[-1].tried[0].reason
    assert "Assertion" not in sent[1]


def test_what_is_left_of_a_reply_is_tried_after_one_of_its_patches_was_kept(tmp_path: Path) -> None:
    folder = summing(tmp_path / "sums", {"check_all.py": f"{CHECK}assert sums.report()[0] == 405450\n"})
    fails = patch("    return [total(LIMIT) for", "    return [steps for", why="Later")
    steps, _ = improved(
        folder, reply(patch(), patch("    steps.append(number)\n", ""), fails), test="python check_all.py"
    )
    assert [(one.accepted, one.description.split(" (")[0]) for one in steps[-1].tried] == [
        (True, f"sums.py: {WHY}"),
        (False, "sums.py: Later"),
    ]
    assert "nowhere in sums.py" in "\n".join(steps[-1].notes)


def test_a_model_that_brings_nothing_is_told_why_and_not_asked_on_and_on(tmp_path: Path) -> None:
    steps, sent = improved(summing(tmp_path / "sums"), *[reply(patch("nowhere", "x"))] * 9)
    assert len(sent) == 2
    assert f"- {WHY} (sums.py): refused, the text to replace stands nowhere in sums.py" in sent[1]
    assert steps[-1].stage == "done"


def test_the_file_of_a_workspace_may_forbid_it(tmp_path: Path) -> None:
    _, sent = improved(summing(tmp_path / "sums", {"tacit-improve.toml": f"chat = false\n{TOML}"}))
    assert sent == []


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[dict[str, Any]]]:
    """A model of this machine, behind a real socket; -> what it was sent."""
    got: list[dict[str, Any]] = []
    with served([reply(patch(new="    return 0\n"))], asked=got) as url:
        monkeypatch.setenv("TACIT_CHAT_URL", url)
        yield got


def test_the_command_line_asks_whom_its_owner_named_and_nobody_else(
    tmp_path: Path, endpoint: list[dict[str, Any]]
) -> None:
    folder = summing(tmp_path / "sums")

    def called(*words: str) -> str:
        command = [sys.executable, "-m", "tacit", "improve", "--workspace", str(folder), *words]
        settings = {**os.environ, "TACIT_PATH": str(tmp_path / "none.db")}
        ran = subprocess.run(command, capture_output=True, text=True, check=True, env=settings)
        return ran.stdout + ran.stderr

    assert "nothing to try" in called()
    assert endpoint == []
    said = called("--chat", "ollama:llama", "--trials", "1")
    assert "asks ollama:llama at 127.0.0.1:" in said
    assert ", on this machine, sends" in said
    assert f"· sums.py: {WHY} (written by ollama:llama)" in said
    assert len(endpoint) == 1
    assert "=== sums.py ===" in endpoint[0]["messages"][1]["content"]


def test_a_memory_hands_on_the_model_that_it_was_given(tmp_path: Path) -> None:
    model = ScriptedModel([reply()])
    with tacit.open(tmp_path / "memory.db", embedder="none", worker=False, chat=model) as memory:
        *_, told = improve_workspace(summing(tmp_path / "sums"), memory=memory)
    assert len(model.asked) == 1
    assert told.notes[-1] == "scripted:model has nothing to propose"
