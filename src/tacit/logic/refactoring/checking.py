"""Checking: whether a patch that somebody else wrote may be tried at all, before anything of it runs.

Floor 2, pure. Below: advice, reach, diffs. Above: the verb that asks a model.
"""

import ast
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from hashlib import blake2b
from itertools import pairwise
from pathlib import PurePosixPath

from tacit.logic.refactoring.advice import Advised, Replacement
from tacit.logic.refactoring.diffs import unified
from tacit.logic.refactoring.patch import Patch
from tacit.logic.refactoring.reach import reach
from tacit.logic.refactoring.source import Edit, applied

__all__ = ["checked", "key_of_diff"]

MOST_REPLACEMENTS = 8
LARGEST = 20_000
"""Characters of all replacements of a patch together."""
PLAIN = frozenset("\t\n")


def checked(
    advised: Advised,
    texts: Mapping[str, str],
    *,
    shown: Collection[str],
    protected: Collection[str],
    tried: Collection[str],
    origin: str,
) -> Patch | str:
    """The patch, or why it is refused. `texts`: what git tracks of the workspace; `shown`: the paths that the model was
    shown, `protected`: those that judge, `tried`: what was tried before, each as `key_of_diff` names it."""
    refusal = _size(advised.replacements) or next(
        (why for one in advised.replacements if (why := _place(one.file, texts, shown, protected))), ""
    )
    if refusal:
        return refusal
    edits: dict[str, list[Edit]] = {}
    for one in advised.replacements:
        found = _edit(one, texts[one.file])
        if isinstance(found, str):
            return found
        edits.setdefault(one.file, []).append(found)
    files = {}
    for path, mine in edits.items():
        ordered = sorted(mine)
        if any(one.end > following.start for one, following in pairwise(ordered)):
            return f"two replacements of {path} overlap"
        files[path] = applied(texts[path], mine)
    own = {PurePosixPath(path.removeprefix("src/")).parts[0].removesuffix(".py") for path in texts}
    refusal = next((why for path, text in files.items() if (why := _text(path, texts[path], text, own))), "")
    files = {path: text for path, text in files.items() if text != texts[path]}
    key = key_of_diff(unified(texts, files))
    if refusal or key in tried:
        return refusal or "the same was tried before"
    where = ", ".join(sorted(files))
    return Patch(
        key=key,
        description=f"{where}: {advised.said or 'rewritten'} (written by {origin})",
        kind="optimization",
        files=files,
        inverse=key_of_diff(unified(files, {path: texts[path] for path in files})),
        origin=origin,
    )


def key_of_diff(diff: str) -> str:
    """Names a change by its lines and those around it, wherever in the file they stand: `model:HASH`."""
    lines = [line for line in diff.splitlines() if not line.startswith("@@")]
    return f"model:{blake2b(chr(10).join(lines).encode(), digest_size=8).hexdigest()}"


def _size(replacements: Sequence[Replacement]) -> str:
    if not 1 <= len(replacements) <= MOST_REPLACEMENTS:
        return f"it replaces {len(replacements)} texts, of 1 to {MOST_REPLACEMENTS}"
    size = sum(len(one.old) + len(one.new) for one in replacements)
    return f"it has {size:,} characters, of at most {LARGEST:,}" if size > LARGEST else ""


def _place(path: str, texts: Mapping[str, str], shown: Collection[str], protected: Collection[str]) -> str:
    """Why this file is not to be changed."""
    said = ascii(path)[1:-1][:100]
    if path in protected:
        return f"{said} judges, and is never changed"
    parts = PurePosixPath(path)
    if parts.is_absolute() or ".." in parts.parts:
        return f"{said} is outside of the workspace"
    if path not in texts:
        return f"{said} is no text file that git tracks here"
    return "" if path in shown else f"{said} was not shown"


def _edit(one: Replacement, text: str) -> Edit | str:
    start = text.find(one.old) if one.old else -1
    if start < 0 or text.find(one.old, start + 1) >= 0:
        many = "several times" if start >= 0 else "nowhere"
        return f"the text to replace stands {many} in {one.file}, and not once"
    odd = [letter for letter in one.new if letter not in PLAIN and unicodedata.category(letter)[0] == "C"]
    if odd:
        return f"it writes a character that nobody sees (U+{ord(odd[0]):04X}) into {one.file}"
    return Edit(start, start + len(one.old), one.new)


def _text(path: str, old: str, new: str, own: Collection[str]) -> str:
    """Why a file must not become this text."""
    try:
        before, after = ast.parse(old), ast.parse(new)
        same = ast.dump(before) == ast.dump(after)
        wider = reach(after, own) - reach(before, own)
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        return f"{path} would be no Python: {error}"
    if same:
        return f"it changes nothing of {path} but how it looks"
    return f"{path} would reach for {', '.join(sorted(wider)[:3])}, and did without so far" if wider else ""
