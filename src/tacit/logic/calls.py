"""Calls: what a tool was called with, as a head that many calls share, and as a line that may be shown for all of them.

Floor 2. Below: logic.masking. Above: the extractors.

`Bash` with `{"command": "cd app && git push -u origin x"}` has the head `git push` and the line `git push -u ...`. No
program is known by name: a call is read as a command where its tool or its field says that it is one, where it begins
with the tool's own name, or where it has the shape of one.
"""

import json
import re
from collections.abc import Collection
from dataclasses import dataclass

from tacit.logic.masking import MASK, template

__all__ = ["GAP", "Call", "Told", "call_of", "runs_commands", "told_of", "words_said"]

READ = 400
"""Characters of the arguments that are looked at."""
LONGEST_JSON = 20_000
SHOWN = 64
"""Characters of a line."""
GAP = "\u2026"
"""Stands in a line for what was masked."""

FIELDS = ("command", "cmd", "script", "code", "query", "sql", "expression", "input", "action")
"""Names of the field of a call that says what is to be done, the most telling first."""
COMMANDS = frozenset(("command", "cmd", "script"))
RUNNER = re.compile(
    r"(?:^|[_.-])(?:bash|sh|zsh|shell|terminal|exec\w*|run\w*|command|cmd|console|powershell)(?:$|[_.-])", re.IGNORECASE
)
"""Tools whose argument is a command, by their own names."""
BRACKETED = re.compile(r"^(\w{1,40})\s?[\[(](.*)[\])]$", re.DOTALL)
"""`search[...]`, the notation of ReAct (Yao et al. 2023)."""
WRAPPER = re.compile(r"^\S{0,40}?\b(?:ba|z|k|da)?sh\s+-l?c\s+(['\"])")
"""A shell that is handed the command."""
LEADING = re.compile(
    r"^(?:(?:cd|pushd)\s+\S+\s*(?:&&|;|\n)\s*|[A-Z_][A-Z0-9_]*=\S*\s+|sudo\s+|env\s+|time\s+|\(\s*|```\w*\s+|`)"
)
"""What may stand before a command: a change of folder, a variable, a frame of Markdown."""
PROGRAM = re.compile(r"[A-Za-z][\w.+-]{0,30}$")
WORD = re.compile(r"[A-Za-z][A-Za-z-]{1,15}$")
GLOBAL = re.compile(r"(?<=\S)(?:\s+-[A-Za-z]\s+\S*[=/.]\S*){1,3}(?=\s+[a-z])")
"""Options before a subcommand: `git -c user.name=x commit`."""
OPTION = re.compile(r"--?[A-Za-z][\w-]{0,24}")
END = re.compile(r"\s*(?:\||&&|;|\n|>)\s*")
SHAPED = re.compile(r"^[a-z][\w.+-]{0,30}(?:\s+(?:-|[./~$*\"'|<>]|\S*[/=*]))")
SAID = re.compile(r"\w[\w./-]*")


@dataclass(frozen=True, slots=True)
class Call:
    """What a tool was called with."""

    head: str
    """Tool, or program with its subcommand: `git push`."""
    line: str
    """The masked call, at most 64 characters: `git push -u ...`."""
    options: tuple[str, ...] = ()
    """Sorted, once each, without their values."""
    command: bool = False


def runs_commands(tool: str) -> bool:
    """Whether a tool is one that runs whatever command it is told, by its name: `Bash`, `shell`, `run_terminal_cmd`."""
    return RUNNER.search(tool) is not None


def words_said(arguments: str) -> frozenset[str]:
    """The words of a call, for `logic.masking.template`: an echo of them in an answer is no telling word."""
    return frozenset(SAID.findall(arguments[:READ]))


@dataclass(frozen=True, slots=True)
class Told:
    """The telling part of the arguments, without what stands around a command."""

    text: str
    command: bool
    """Whether its field says that it is one."""

    def things(self) -> set[str]:
        """Words that stand far in a command: they name things, as the second one may not."""
        return {word.lower() for part in END.split(self.text) for word in SAID.findall(part)[2:]}

    def programs(self) -> set[str]:
        """The first word of each command: what was called rather than what it was called with."""
        return {words[0].rsplit("/", 1)[-1] for part in END.split(self.text) if (words := part.split(None, 1))}


def told_of(tool: str, arguments: str) -> Told:
    """Read the arguments of a call."""
    text, command = _said(arguments)
    wrapped = BRACKETED.match(text)
    if wrapped and wrapped[1].lower() == tool.lower():
        text = wrapped[2].strip()
    return Told(_bare(text), command)


def call_of(tool: str, told: Told, things: Collection[str] = ()) -> Call:
    """`things`: words that are known to name things (of the task, of other calls): never a subcommand.

    >>> call_of("Bash", told_of("Bash", '{"command": "cd app && git push -u origin x"}'))
    Call(head='git push', line='git push -u \u2026', options=('-u',), command=True)
    >>> call_of("search", told_of("search", "search[a jewelry box with 10 slots]"))
    Call(head='search', line='search \u2026', options=(), command=False)
    """
    text = told.text
    words = GLOBAL.sub("", text, count=1).split(None, 12) if " -" in text else text.split(None, 12)
    own = bool(words) and words[0].lower() == tool.lower()
    ran = told.command or runs_commands(tool)
    if not words or not (own or ran or SHAPED.match(text)) or not _is_program(words[0]):
        return Call(tool, _phrase(tool, text, things))
    program = words[0].rsplit("/", 1)[-1]
    head = [program.lower() if own or program.isupper() else program]
    if not own and not ran:
        head.insert(0, tool)
    if len(words) > 1 and _is_subcommand(words, things):
        head.append(words[1].lower())
    return _command(" ".join(head), END.split(text, maxsplit=1)[0])


def _said(arguments: str) -> tuple[str, bool]:
    """The telling part of the arguments, and whether it is said to be a command."""
    text = arguments.strip()
    if not text.startswith("{"):
        return text[:READ], False
    fields = _fields(text)
    for name in FIELDS:
        value = fields.get(name)
        if isinstance(value, list) and value and all(isinstance(part, str) for part in value):
            value = value[-1] if len(value) > 2 and str(value[1]).startswith("-") else " ".join(value)
        if isinstance(value, str) and value.strip():
            return value.strip()[:READ], name in COMMANDS
    return "", False


def _fields(text: str) -> dict[str, object]:
    if len(text) > LONGEST_JSON:
        return {}
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _bare(text: str) -> str:
    """Without what stands around a command."""
    shell = WRAPPER.match(text)
    if shell:
        text = text[shell.end() :].removesuffix(shell[1])
    for _ in range(4):
        leading = LEADING.match(text)
        if not leading:
            break
        text = text[leading.end() :]
    return text.strip()


def _is_program(word: str) -> bool:
    return PROGRAM.match(word.rsplit("/", 1)[-1]) is not None


def _is_subcommand(words: list[str], things: Collection[str]) -> bool:
    """A bare word in the same case as the program, that names nothing known, and no part of a sentence."""
    word = words[1]
    return (
        WORD.match(word) is not None
        and word.islower() == words[0].islower()
        and word.isupper() == words[0].isupper()
        and word.lower() not in things
    )


def _command(head: str, text: str) -> Call:
    options = tuple(sorted({option for option in OPTION.findall(" " + text) if f" {option}" in f" {text}"}))[:6]
    inner = [word for word in text.split()[:24] if word[:1] == "-" and OPTION.fullmatch(word.split("=", 1)[0])]
    shown = [head, *dict.fromkeys(word.split("=", 1)[0] for word in inner)]
    rest = len(text.split()) > len(head.split()) + len(inner)
    line = " ".join(shown)[:SHOWN].rstrip() + (f" {GAP}" if rest else "")
    return Call(head, line, options, command=True)


def _phrase(tool: str, text: str, things: Collection[str]) -> str:
    """A call that is no command: its argument in full where it is a short name that is not of the task."""
    words = text.split()
    if not words:
        return tool
    plain = len(words) <= 3 and len(text) <= 24 and template(text) == text and MASK not in text
    if plain and not any(word.lower() in things for word in words):
        return f"{tool} {text}"
    return f"{tool} {GAP}"
