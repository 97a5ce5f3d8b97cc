"""Any program as the target: three workspaces that a stranger could have written, improved through the command line.

Each is made a git repository in a temporary folder. `tacit improve --workspace` then tries dials and known refactorings
on it, keeps what its benchmark shows to be better as commits, and is asked to take all of them back. Reported are the
commits with their measured gains, the gain of all of them together (the benchmark before and after, run in turn by this
program, not by tacit), whether the tests pass before, after and at the end, and whether the tree at the end is
identical. With --chat, that model is asked for patches, too; with --by-hand, one that knows what people would do; with
--alone, it alone. Not measured: programs in other languages.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench.common import arguments, interval, machine, report, say
from bench.replies import served

WORKSPACES = Path(__file__).with_name("workspaces")
NAMES = ("reviews", "orders", "aliquot")
COMMANDS = ("--benchmark", "python benchmark.py", "--test", "python -m unittest")
PAIRS, QUICK_PAIRS = 9, 3
QUICK_TRIALS = 2
QUICK_NAMES = ("orders",)
"""All three took 104 s of processor time with two trials each."""


def main() -> None:
    options = arguments(__doc__ or "")
    options.add_argument("--only", choices=NAMES, help="one of the three")
    options.add_argument("--chat", help="a chat model to ask for patches, as TACIT_CHAT names it")
    options.add_argument("--by-hand", action="store_true", help="replies of workspaces/by_hand.json as if a model's")
    options.add_argument("--alone", action="store_true", help="no known refactorings, only what that model writes")
    args = options.parse_args()
    begun = time.time()
    names = [args.only] if args.only else QUICK_NAMES if args.quick else NAMES
    with tempfile.TemporaryDirectory() as folder:
        found = {name: advised(name, Path(folder), args) for name in names}
    known = {name: getattr(args, name) for name in ("quick", "chat", "by_hand", "alone")}
    result = {"workspaces": found, **known, **machine(begun)}
    report(result, as_json=args.json, table=show)


def advised(name: str, there: Path, args: argparse.Namespace) -> dict[str, Any]:
    """One workspace, by whom it shall be improved."""
    known: dict[str, Any] = {"quick": args.quick, "alone": args.alone}
    if not args.by_hand:
        return improved(name, there, chat=args.chat, **known)
    replies = json.loads((WORKSPACES / "by_hand.json").read_text())[name]
    with served([json.dumps(one) for one in replies]) as url:
        os.environ["TACIT_CHAT_URL"] = url
        return improved(name, there, chat="lmstudio:by-hand", **known)


def improved(name: str, there: Path, *, quick: bool, chat: str | None, alone: bool) -> dict[str, Any]:
    """One workspace, from its first commit to its last revert."""
    folder = there / name
    shutil.copytree(WORKSPACES / name, folder, ignore=shutil.ignore_patterns("__pycache__"))
    if alone:
        errand = folder / "tacit-improve.toml"
        errand.write_text(f"refactorings = false\n{errand.read_text()}")
    git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    git(folder, "-c", "user.name=stranger", "-c", "user.email=stranger@example.org", "commit", "--quiet", "-m", "Start")
    start, tests = git(folder, "rev-parse", "HEAD^{tree}"), [green(folder)]
    say(f"{name}: improving")
    trials = ("--trials", str(QUICK_TRIALS)) if quick else ()
    told = tacit(folder, *COMMANDS, *trials, *(("--chat", chat) if chat else ()))
    tests.append(green(folder))
    kept = [one for one in told["tried"] if one["commit"]]
    for one in kept:
        say(f"  kept {one['description']}: {one['reason']}")
    gains = together(folder, told["start"], pairs=QUICK_PAIRS if quick else PAIRS)
    reverted = tacit(folder, "--revert", "all") if kept else {"commits": []}
    tests.append(green(folder))
    end = git(folder, "rev-parse", "HEAD^{tree}")
    clean = git(folder, "status", "--porcelain") == ""
    return {
        "commits": [
            {
                "description": one["description"],
                "type": one["kind"],
                "origin": one.get("origin", ""),
                "saved": round(one["judgement"]["change"], 4),
                "interval": [round(one["judgement"][side], 4) for side in ("low", "high")],
            }
            for one in kept
        ],
        "trials": len(told["tried"]),
        "rejected": [f"{one['description']}: {one['reason']}" for one in told["tried"] if not one["commit"]],
        "notes": told.get("notes", []),
        "saved_together": gains,
        "tests_green": tests,
        "reverted": len(reverted["commits"]),
        "identical": start == end and clean,
        "sandbox": told["sandbox"],
    }


def together(folder: Path, start: str, *, pairs: int) -> list[float]:
    """Share of the CPU time that all commits save: [mean, low, high] over pairs of runs in turn."""
    with tempfile.TemporaryDirectory() as there:
        old = Path(there) / "old"
        git(folder, "clone", "--quiet", "--no-hardlinks", str(folder), str(old))
        git(old, "checkout", "--quiet", start)
        for place in (old, folder):
            timed(place)
        shares = [1.0 - timed(folder) / timed(old) for _ in range(pairs)]
    return interval(shares)


def timed(folder: Path) -> float:
    """CPU seconds of the benchmark: others may be using the machine."""
    begun = os.times()
    subprocess.run([sys.executable, "-B", "benchmark.py"], cwd=folder, capture_output=True, check=True)
    ended = os.times()
    return ended.children_user + ended.children_system - begun.children_user - begun.children_system


def green(folder: Path) -> bool:
    return not subprocess.run([sys.executable, "-B", "-m", "unittest"], cwd=folder, capture_output=True).returncode


def git(folder: Path, *words: str) -> str:
    ran = subprocess.run(["git", *words], cwd=folder, capture_output=True, text=True, check=True)
    return ran.stdout.strip()


def tacit(folder: Path, *words: str) -> dict[str, Any]:
    """`tacit improve --workspace`, without a memory."""
    command = [sys.executable, "-m", "tacit", "--json", "improve", "--workspace", str(folder), *words]
    settings = {**os.environ, "TACIT_PATH": str(folder.parent / "none.db")}
    ran = subprocess.run(command, env=settings, capture_output=True, text=True)
    if ran.returncode:
        raise SystemExit(ran.stderr)
    told: dict[str, Any] = json.loads(ran.stdout)
    return told


def show(result: Mapping[str, Any]) -> None:
    for name, one in result["workspaces"].items():
        mean, low, high = one["saved_together"]
        print(f"{name}: {mean:.0%} of the time saved [{low:.0%}, {high:.0%}], {one['trials']} trials")
        for commit in one["commits"]:
            low, high = commit["interval"]
            print(f"  {commit['type']:<12} {commit['saved']:6.1%} [{low:.1%}, {high:.1%}]  {commit['description']}")
        for note in one["notes"]:
            print(f"  {note}")
        print(f"  tests green {one['tests_green']}, {one['reverted']} reverted, tree identical: {one['identical']}")


if __name__ == "__main__":
    main()
