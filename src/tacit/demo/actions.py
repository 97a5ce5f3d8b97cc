"""What the agent can do: a fixed repertoire of commands for each tool, named in words.

Below: nothing. Above: the tasks, which name what is asked for, and the agent, which chooses.

A command has slots (`{file}`, `{branch}`) that a task fills. All tasks of a tool have the same slots, so that the slots
do not give away what is needed. Several of the commands do harm in the wrong place (a forced push, a hard reset): as in
life.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["REPERTOIRE", "TOOLS", "Action", "action", "fill"]

SLOT = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Action:
    """One command of the repertoire."""

    tool: str
    says: str
    """What it is for, in words. Recorded as the step's action; by it a recalled step is recognised."""
    command: str
    """With slots."""


def fill(text: str, slots: Mapping[str, str]) -> str:
    """Put the values into the slots; braces that name no slot (git's `@{u}`) stay.

    >>> fill("git add {file} @{u}", {"file": "a.txt"})
    'git add a.txt @{u}'
    """
    return SLOT.sub(lambda match: slots.get(match.group(1), match.group()), text)


RECODE = "p.write_bytes(p.read_bytes().decode('latin-1').encode('utf-8'))"
STRIP_BOM = "p.write_bytes(p.read_bytes().removeprefix(b'\\xef\\xbb\\xbf'))"
UNCOMMA = "p.write_text(re.sub(r',(\\s*[]}])', r'\\1', p.read_text('utf-8')), 'utf-8')"
EDIT = 'python -c "import pathlib, re, sys; p = pathlib.Path(sys.argv[1]); {change}" {{file}}'

GIT = {
    "commit": 'git commit -m "{message}"',
    "set the name and email of the committer": "git config user.name Dev && git config user.email dev@example.com",
    "stage the file": "git add {file}",
    "stage the file although it is ignored": "git add -f {file}",
    "amend the last commit": "git commit --amend --no-edit",
    "push the branch": "git push origin {branch}",
    "push and replace what is there": "git push --force origin {branch}",
    "push and track the branch": "git push -u origin {branch}",
    "let the remote update its working tree": "git -C {remote} config receive.denyCurrentBranch updateInstead",
    "fetch": "git fetch origin",
    "put own commits on top of the fetched ones": "git pull --rebase origin {branch}",
    "merge the other branch": "git merge --no-edit {other}",
    "merge histories without a common ancestor": "git merge --no-edit --allow-unrelated-histories {other}",
    "keep our side of the conflict": "git checkout --ours -- . && git add -A && git commit --no-edit",
    "keep their side of the conflict": "git checkout --theirs -- . && git add -A && git commit --no-edit",
    "give the merge up": "git merge --abort",
    "switch to the other branch": "git checkout {other}",
    "switch and throw local edits away": "git checkout -f {other}",
    "put local edits on the stash": "git stash",
    "throw local edits away": "git reset --hard",
    "delete the other branch": "git branch -d {other}",
    "remove untracked files": "git clean -fd",
}
MAKE = {
    "build the target": "make {target}",
    "build the target whatever its age": "make -B {target}",
    "keep going after errors": "make -k {target}",
    "indent recipes with tabs": "awk '{sub(/^ +/, \"\\t\")} 1' Makefile > Makefile.new && mv Makefile.new Makefile",
    "declare the target phony": "printf '.PHONY: %s\\n' {target} >> Makefile",
    "copy the file from its example": "cp {file}.example {file}",
    "create an empty file": "touch {file}",
    "remove what stands in the place of the target": "rm -rf {target}",
    "create the output folder": "mkdir -p {folder}",
    "make the script executable": "chmod +x {script}",
    "clean up first": "make clean",
}
TAR = {
    "unpack with gzip": "tar -xzf {archive} -C {folder}",
    "unpack and let tar detect the format": "tar -xf {archive} -C {folder}",
    "unpack without the leading folder": "tar -xzf {archive} -C {folder} --strip-components=1",
    "unpack one member": "tar -xzf {archive} -C {folder} {file}",
    "unpack one member by its dotted path": "tar -xzf {archive} -C {folder} ./{file}",
    "unpack with bzip2": "tar -xjf {archive} -C {folder}",
    "unpack with preserved permissions": "tar -xpzf {archive} -C {folder}",
    "list the members": "tar -tf {archive}",
    "create the folder": "mkdir -p {folder}",
    "test the compression": "gzip -t {archive}",
}
PYTHON = {
    "run the script": "python {script}",
    "run with the library folder on the path": "PYTHONPATH={lib} python {script}",
    "run without the folder of the script on the path": "python -P {script}",
    "run with the variables of the settings file": "set -a && . ./{settings} && python {script}",
    "run in isolated mode": "python -I {script}",
    "run with assertions off": "python -O {script}",
    "convert the data from latin-1 to utf-8": EDIT.format(change=RECODE),
    "remove the byte order mark": EDIT.format(change=STRIP_BOM),
    "remove trailing commas": EDIT.format(change=UNCOMMA),
    "remove carriage returns": "tr -d '\\r' < {file} > {file}.new && mv {file}.new {file}",
    "replace tabs by spaces": "expand -t 8 {script} > {script}.new && mv {script}.new {script}",
    "create the output folder": "mkdir -p {folder}",
    "make the script executable": "chmod +x {script}",
}
SH = {
    "run the script": "./{script}",
    "run the script as another user would": "env -i PATH=/usr/bin:/bin ./{script}",
    "trace the script": "sh -x ./{script}",
    "make the script executable": "chmod +x {script}",
    "remove carriage returns": "tr -d '\\r' < {script} > {script}.new && cat {script}.new > {script}",
    "create the output folder": "mkdir -p {folder}",
    "link the folder to its new place": "ln -s {folder}.d {folder}",
    "copy the settings from their example": "cp {settings}.example {settings}",
}
SQL = {
    "insert the row": 'sql {database} "INSERT INTO {row}"',
    "insert the row unless it is there": 'sql {database} "INSERT OR IGNORE INTO {row}"',
    "insert the row over the one of the same key": 'sql {database} "INSERT OR REPLACE INTO {row}"',
    "run the schema": "sql {database} -f {schema}",
    "add a column": 'sql {database} "ALTER TABLE {table} ADD COLUMN {column}"',
    "insert the owner first": "sql {database} \"INSERT INTO owners (id, name) VALUES ({owner}, 'unknown')\"",
    "delete all rows": 'sql {database} "DELETE FROM {table}"',
    "drop the table": 'sql {database} "DROP TABLE {table}"',
    "rebuild the file": 'sql {database} "VACUUM"',
    "check the integrity": 'sql {database} "PRAGMA integrity_check"',
}
TOOLS = {"git": GIT, "make": MAKE, "tar": TAR, "python": PYTHON, "sh": SH, "sql": SQL}

REPERTOIRE: dict[tuple[str, str], Action] = {
    (tool, says): Action(tool, says, command) for tool, known in TOOLS.items() for says, command in known.items()
}
"""Every action by its tool and what it says."""


def action(tool: str, says: str) -> Action:
    """The action with these words. Raises `KeyError` where the repertoire has none."""
    return REPERTOIRE[tool, says]
