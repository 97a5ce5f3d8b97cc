"""The sandbox contract, check by check: what was held on this machine, and by what; and what a start costs.

    python -m bench.sandbox [--json] [--quick] [--only container|bwrap|namespaces|none]

Every way to fence a program in that is to be had here is tried, with and without namespaces for our own launcher;
with --quick, only the one that `open_sandbox()` chooses. Exits with 1 where a check is broken.

Not covered: holes in the kernel. The checks are known ways out, one at a time; a sandbox of a kernel is as good as the
kernel. What a start costs is told as a ratio to a bare Python (`python -I -S -c pass`), alternating with it.
"""

import functools
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bench.common import arguments, machine, report, say
from tacit.errors import SandboxError
from tacit.sandboxes import available, open_sandbox
from tacit.sandboxes.bwrap import BwrapSandbox
from tacit.sandboxes.container import ContainerSandbox
from tacit.sandboxes.ladder import proven
from tacit.sandboxes.process import ProcessSandbox
from tacit.sandboxes.rung import Rung
from tacit.testing.sandbox_contract import CHECKS, Verdict, run_check

__all__ = ["main"]

WAYS: dict[str, Callable[[], Rung]] = {
    "container": ContainerSandbox,
    "bwrap": BwrapSandbox,
    "namespaces": ProcessSandbox,
    "none": functools.partial(ProcessSandbox, namespaces=False),
}
"""Fence -> the sandbox that has it."""
STARTS = 15


def main(argv: Sequence[str] | None = None) -> int:
    """Run; -> exit status."""
    parser = arguments(__doc__ or "")
    parser.add_argument("--only", choices=WAYS, help="try this way alone")
    options = parser.parse_args(argv)
    started = time.time()
    wanted = [options.only] if options.only else [open_sandbox().fence] if options.quick else list(WAYS)
    ways = {way: _tried(way) for way in wanted}
    states = [check["state"] for way in ways.values() for check in way.get("checks", ())]
    result = {
        "available": available(),
        "ways": ways,
        "checks": len(CHECKS),
        **{state.replace(" ", "_"): states.count(state) for state in ("held", "broken", "not tried")},
        "quick": options.quick,
        "machine": machine(started),
    }
    report(result, as_json=options.json, table=_table)
    return 1 if "broken" in states else 0


def _tried(way: str) -> dict[str, Any]:
    try:
        sandbox = proven([WAYS[way]])
    except SandboxError as error:
        return {"unavailable": error.cause}
    say(f"{way}: {len(CHECKS)} checks")
    verdicts = [run_check(check, sandbox) for check in CHECKS]
    return {
        "enforces": sandbox.enforces(),
        "checks": [_row(verdict, sandbox) for verdict in verdicts],
        "start": _cost(sandbox),
    }


def _row(verdict: Verdict, sandbox: Rung) -> dict[str, str]:
    check = verdict.check
    by = sandbox.enforces().get(check.guarantee, "") if verdict.state == "held" else ""
    return {
        "name": check.name,
        "guarantee": check.guarantee,
        "proves": check.proves,
        "state": verdict.state,
        "by": by,
        "detail": verdict.detail,
    }


def _cost(sandbox: Rung) -> dict[str, float]:
    """Medians of milliseconds, and their ratio."""
    plain, held = [], []
    for _ in range(STARTS):
        plain.append(_timed(lambda: subprocess.run([sys.executable, "-I", "-S", "-c", "pass"], check=True)))
        held.append(_timed(lambda: sandbox.run(["true"])))
    milliseconds = {"python_ms": statistics.median(plain), "sandbox_ms": statistics.median(held)}
    ratio = milliseconds["sandbox_ms"] / milliseconds["python_ms"]
    return {name: round(value, 1) for name, value in {**milliseconds, "ratio": ratio}.items()}


def _timed(action: Callable[[], object]) -> float:
    started = time.perf_counter()
    action()
    return (time.perf_counter() - started) * 1000


def _table(result: Mapping[str, Any]) -> None:
    for rung, words in result["available"].items():
        print(f"{rung:<10} {words}")
    for way, told in result["ways"].items():
        print(f"\n== {way} ==")
        if "unavailable" in told:
            print(told["unavailable"])
            continue
        for guarantee, by in told["enforces"].items():
            print(f"{guarantee:<12} {by}")
        print()
        for check in told["checks"]:
            print(
                f"{check['state']:<10} {check['guarantee']:<12} {check['name']}: {check['detail'] or check['proves']}"
            )
        start = told["start"]
        print(
            f"\na start takes {start['ratio']} times a bare Python's ({start['sandbox_ms']} of {start['python_ms']} ms)"
        )
    print(f"\n{result['held']} held, {result['broken']} broken, {result['not_tried']} not tried")


if __name__ == "__main__":
    sys.exit(main())
