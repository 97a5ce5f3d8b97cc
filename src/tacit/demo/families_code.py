"""Tasks with Python programs and SQLite databases, each with one of their well-known troubles.

Below: the nouns. Above: the deal.
"""

from tacit.demo.family import Family

__all__ = ["CODE_FAMILIES"]

START = "set -e; mkdir work; cd work; "


def program(*lines: str) -> str:
    """Shell that writes these lines to the task's script. Lines contain no single quotes."""
    return "printf '%s\\n' " + " ".join(f"'{line}'" for line in lines) + " > {script}; "


WRITE = 'open("done", "w").write("x")'
READ_JSON = ("import json", 'data = json.loads(open("{file}", encoding="utf-8").read())')

PYTHON_FAMILIES = (
    Family(
        name="module not on the path",
        tool="python",
        asked="run the script",
        setup=START + "mkdir {lib}; echo 'NAME = 1' > {lib}/{module}.py; " + program("import {module}", WRITE),
        verify="test -s done",
        solution=("run with the library folder on the path",),
        wordings=(
            "Run {script}; the helpers that it uses live in {lib}.",
            "Start {script} from the repository root, with our own code kept under {lib}.",
            "Execute {script} without installing anything: {lib} has the shared functions.",
            "Get {script} going. What it needs was moved to {lib} last week.",
        ),
    ),
    Family(
        name="latin-1 data",
        tool="python",
        asked="run the script",
        setup=START
        + "printf 'caf\\351\\n' > {file}; "
        + program('text = open("{file}", encoding="utf-8").read()', WRITE),
        verify="test -s done && python -c \"assert open('{file}', encoding='utf-8').read() == 'caf\\xe9\\n'\"",
        solution=("convert the data from latin-1 to utf-8", "run the script"),
        wordings=(
            "Let {script} read {file}, exported from the old accounting system.",
            "Process {file} with {script}; the names in it have accents.",
            "Feed the legacy export {file} to {script}.",
            "Run {script} over {file}, a list of French customers from the nineties.",
        ),
    ),
    Family(
        name="byte order mark",
        tool="python",
        asked="run the script",
        setup=START + 'printf \'\\357\\273\\277{"name": "caf\\303\\251"}\' > {file}; ' + program(*READ_JSON, WRITE),
        verify="test -s done && python -c \"import json; assert json.load(open('{file}'))['name'] == 'caf\\xe9'\"",
        solution=("remove the byte order mark", "run the script"),
        wordings=(
            "Load the settings {file} that a Windows tool saved, by {script}.",
            "Run {script} on {file}; it comes out of PowerShell.",
            "Import {file} with {script}. An editor on Windows wrote it.",
            "Have {script} take {file}, saved from Excel.",
        ),
    ),
    Family(
        name="trailing comma",
        tool="python",
        asked="run the script",
        setup=START + 'printf \'{"names": ["a", "b",],}\' > {file}; ' + program(*READ_JSON, WRITE),
        verify="test -s done && python -c \"import json; assert json.load(open('{file}'))['names'] == ['a', 'b']\"",
        solution=("remove trailing commas", "run the script"),
        wordings=(
            "Run {script} with the configuration {file} that I edited by hand.",
            "Apply my changes to {file}: start {script}.",
            "I added a few entries to {file}, now {script} should use them.",
            "Reload {file} by means of {script} after the manual clean-up.",
        ),
    ),
    Family(
        name="shadowed library",
        tool="python",
        asked="run the script",
        setup=START + "echo 'x = 1' > random.py; " + program("import random", "random.randint(1, 6)", WRITE),
        verify="test -s done && test -s random.py",
        solution=("run without the folder of the script on the path",),
        wordings=(
            "Roll the dice with {script}; it worked until I added random.py as an exercise.",
            "Run {script} next to my own random.py.",
            "Start the lottery {script}. A student put his random.py beside it, leave that alone.",
            "Execute {script}, in whose folder there is also a random.py of ours.",
        ),
    ),
    Family(
        name="settings not in the environment",
        tool="python",
        asked="run the script",
        setup=START
        + "echo 'APP_MODE=test' > {settings}; "
        + program("import os", 'mode = os.environ["APP_MODE"]', WRITE),
        verify="test -s done",
        solution=("run with the variables of the settings file",),
        wordings=(
            "Start {script} in test mode, as the service manager would.",
            "Run the service {script} by hand, outside of systemd.",
            "Try {script} locally; in production the platform configures it.",
            "Launch {script} on this machine the way the container does.",
        ),
    ),
)

OWNERS = "sql {database} 'CREATE TABLE owners (id INTEGER PRIMARY KEY, name TEXT)'"
OWNER = "sql {database} \"INSERT INTO owners VALUES ({owner}, 'x')\""
OWNED = "CREATE TABLE {table} (id INTEGER PRIMARY KEY, name TEXT, {column} TEXT, owner INTEGER REFERENCES owners(id))"
TABLE = f"sql {{database}} '{OWNED}'"
OLDER = "sql {database} 'CREATE TABLE {table} (id INTEGER PRIMARY KEY, name TEXT, owner INTEGER)'"
ROW = "sql {database} \"INSERT INTO {table} (id, name) VALUES (1, 'kept')\""
STORED = "test \"$(sql {database} 'SELECT {column} FROM {table} WHERE id = {id}')\" = '{value}'"
KEPT = "test \"$(sql {database} 'SELECT name FROM {table} WHERE id = 1')\" = kept"


def steps(*commands: str) -> str:
    """Shell that runs these in the folder `work` and stops at the first that fails."""
    return "; ".join(["set -e; mkdir work; cd work", *commands])


SQL_FAMILIES = (
    Family(
        name="table missing",
        tool="sql",
        asked="insert the row",
        setup=steps(OWNERS, OWNER, f"echo '{OWNED}' > {{schema}}"),
        verify=STORED,
        solution=("run the schema", "insert the row"),
        wordings=(
            "Enter number {id} as the very first of the {table} in the new {database}.",
            "Save {table} number {id}, {column} '{value}', in the empty {database}.",
            "Start the book of {table}: {id} goes into {database}, which was made a minute ago.",
            "Put the opening entry {id} of {table} into {database} on the new system.",
        ),
    ),
    Family(
        name="duplicate key",
        tool="sql",
        asked="insert the row",
        setup=steps(
            OWNERS, OWNER, TABLE, ROW, "sql {database} \"INSERT INTO {table} (id, {column}) VALUES ({id}, 'old')\""
        ),
        verify=f"{STORED} && {KEPT}",
        solution=("insert the row over the one of the same key",),
        wordings=(
            "The {column} of {table} number {id} is now '{value}': write it to {database}.",
            "Correct {id} in {table}, {database}: its {column} should read '{value}'.",
            "Bring {table} {id} in {database} up to date, {column} '{value}'.",
            "A new {column} came in for {id} of {table}, '{value}'. Store it in {database}.",
        ),
    ),
    Family(
        name="column missing",
        tool="sql",
        asked="insert the row",
        setup=steps(OWNERS, OWNER, OLDER, ROW, f"echo '{OWNED}' > {{schema}}"),
        verify=f"{STORED} && {KEPT}",
        solution=("add a column", "insert the row"),
        wordings=(
            "Since the last version {table} also have a {column}: store '{value}' for {id} in {database}.",
            "Record {id} of {table} with the new attribute {column}, '{value}', in last year's {database}.",
            "Upgrade done. Add {id} with {column} '{value}' to {table} of the old file {database}.",
            "From today on we note the {column}; insert {table} {id} into {database} with '{value}'.",
        ),
    ),
    Family(
        name="owner missing",
        tool="sql",
        asked="insert the row",
        setup=steps(OWNERS, TABLE, ROW),
        verify=f"{STORED} && {KEPT}",
        solution=("insert the owner first", "insert the row"),
        wordings=(
            "Book {table} {id} for the new customer {owner} in {database}.",
            "Customer {owner} is not known yet; file {id} under {table} of {database} for them.",
            "First deal with client {owner}: add {id} to {table} in {database}.",
            "Someone new, number {owner}, gets {table} {id}; enter it in {database}.",
        ),
    ),
)
CODE_FAMILIES = PYTHON_FAMILIES + SQL_FAMILIES
