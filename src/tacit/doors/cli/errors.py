"""Errors -> exit codes and messages: no user ever sees a traceback that was not asked for with --debug.

0   done; an answer may be empty, and then says why
1   any other error of tacit
2   the input or the command line is wrong; nothing was changed
3   there is no such item, recall, file or database
4   it exists already, or was changed meanwhile
5   a setting or an installed package does not allow it
6   the disk or the file; also: `doctor` found something that failed
7   a model or its endpoint
70  a fault in tacit itself
130 interrupted
141 whoever read the output has gone
"""

import errno
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from io import TextIOWrapper
from typing import Any

import typer

from tacit.doors.cli.output import console, safe, write_json
from tacit.errors import DiskFull, StorageError, TacitError

__all__ = ["guarded", "hang_up"]

USAGE = 2
FAULT = 70
INTERRUPTED = 130
GONE = 141


def guarded(run: Callable[[], Any], arguments: Sequence[str]) -> int:
    """Run a command; whatever it raises becomes a message on standard error. -> exit code."""
    before = list(arguments[: arguments.index("--")]) if "--" in arguments else list(arguments)
    as_json, debug = "--json" in before, "--debug" in before
    _lenient()
    try:
        answer = run()
        sys.stdout.flush()
        if answer != INTERRUPTED:
            return answer if isinstance(answer, int) else 0
        raise KeyboardInterrupt  # Typer has made a code of it
    except (KeyboardInterrupt, typer.Abort):
        _report(_interrupted(), as_json)
        return INTERRUPTED
    except BrokenPipeError:
        return hang_up()
    except typer.TyperException as error:
        _report(_usage(error), as_json)
        return USAGE
    except TacitError as error:
        return _fail(error.as_dict(), as_json, debug, error.exit_code)
    except OSError as error:
        told = _from_system(error)
        return _fail(told.as_dict(), as_json, debug, told.exit_code)
    except Exception as error:  # noqa: BLE001  the outermost door: no user shall see a traceback
        return _fail(_fault(error), as_json, debug, FAULT)


def _lenient() -> None:
    """A terminal that cannot show a character gets its escape, not an error."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _fail(told: dict[str, str], as_json: bool, debug: bool, code: int) -> int:
    if debug:
        sys.stderr.write(traceback.format_exc())
    _report(told, as_json)
    return code


def _report(told: dict[str, str], as_json: bool) -> None:
    try:
        if as_json:
            write_json(sys.stderr, told)
        else:
            _print(told)
        sys.stderr.flush()
    except OSError:  # nobody reads standard error either
        return


def _print(told: dict[str, str]) -> None:
    from rich.text import Text

    printed = console(error=True)
    printed.print(Text.assemble(("error: ", "bold red"), safe(told["what"])), soft_wrap=True)
    for name in ("cause", "remedy"):
        if told[name]:
            printed.print(Text.assemble((f"  {name + ':':<8}", "bold"), safe(told[name])), soft_wrap=True)


def _usage(error: typer.TyperException) -> dict[str, str]:
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "tacit"
    return {
        "error": "UsageError",
        "what": error.format_message()[:500],
        "cause": f"`{command}` does not take what was given",
        "remedy": f"see `{command} --help`",
    }


def _interrupted() -> dict[str, str]:
    return {
        "error": "Interrupted",
        "what": "interrupted",
        "cause": "somebody asked to stop",
        "remedy": "run it again: what was acknowledged is kept, and long work goes on where it was",
    }


def _from_system(error: OSError) -> StorageError:
    name = f" {error.filename}" if error.filename else ""
    cause = error.strerror or str(error) or type(error).__name__
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DiskFull(f"no space left{name and ' for' + name}", cause=cause, remedy="free some, and run it again")
    return StorageError(
        f"the system refused{name}", cause=cause, remedy="see that the path exists and that you may read and write it"
    )


def _fault(error: Exception) -> dict[str, str]:
    return {
        "error": "Fault",
        "what": f"a fault in tacit: {type(error).__name__}: {error}"[:300],
        "cause": "this should not happen, whatever was passed",
        "remedy": "run it again with --debug, and report the traceback with what `tacit doctor --json` says",
    }


def hang_up() -> int:
    """The reader has gone, as after `| head`: end without a word, also when Python flushes at its end. -> exit code."""
    try:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, sys.stdout.fileno())
        os.close(null)
    except (OSError, ValueError):  # no real stream behind standard output
        pass
    return GONE
