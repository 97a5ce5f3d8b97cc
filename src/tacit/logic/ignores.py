"""Which files of a folder count: `.gitignore` rules, and what is never worth indexing.

Floor 2. Below: nothing. Above: the indexing verb. The rules are git's own (gitignore(5)), of `.gitignore` files in the
tree only; a user's global excludes are not read.
"""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

__all__ = ["Rules", "rules", "unwanted"]

FOLDERS = frozenset(
    {
        ".git", ".hg", ".svn", ".bzr", "node_modules", "bower_components", "__pycache__", ".venv", "venv",
        ".tox", ".nox", ".mypy_cache", ".ruff_cache", ".cache", ".pytest_cache", ".hypothesis", ".idea",
        ".gradle", ".terraform", ".next", ".nuxt", ".eggs", ".ipynb_checkpoints",
    }
)  # fmt: skip
SECRETS = re.compile(
    r"(?:\.env(?:\..*)?|\.netrc|\.pgpass|\.htpasswd|id_(?:rsa|dsa|ecdsa|ed25519)|.*\.(?:pem|key|p12|pfx|jks|keystore|kdbx))"
)
"""Files that hold secrets and nothing else; all others are read, and redacted."""
GENERATED = re.compile(
    r"(?:package-lock\.json|pnpm-lock\.yaml|npm-shrinkwrap\.json|go\.sum|.*\.(?:lock|map)|.*\.min\.(?:js|css|mjs)"
    r"|.*[-.]bundle\.js|.*_pb2(?:_grpc)?\.pyi?)"
)
BINARY = frozenset(
    {
        "png", "jpg", "jpeg", "gif", "webp", "ico", "bmp", "tiff", "psd", "pdf", "zip", "gz", "bz2", "xz",
        "zst", "tar", "tgz", "7z", "rar", "jar", "war", "whl", "egg", "so", "dylib", "dll", "exe", "bin", "o",
        "a", "obj", "lib", "class", "pyc", "pyo", "wasm", "woff", "woff2", "ttf", "otf", "eot", "mp3", "mp4",
        "wav", "ogg", "flac", "avi", "mov", "mkv", "webm", "db", "sqlite", "sqlite3", "onnx", "pt", "pth",
        "safetensors", "npy", "npz", "pkl", "parquet", "arrow", "feather", "h5", "doc", "docx", "xls", "xlsx",
        "ppt", "pptx", "dmg", "iso",
    }
)  # fmt: skip


class _Rule(NamedTuple):
    """One line of a `.gitignore`."""

    parts: tuple[re.Pattern[str] | None, ...]
    """Of the names of the path from the folder of the file; None is `**`, any number of names."""
    negated: bool
    folders_only: bool


class Rules(NamedTuple):
    """The rules of one folder, after those of the folders above."""

    base: str
    """Path of the folder with a slash at its end; empty for the root."""
    own: tuple[_Rule, ...]
    above: "Rules | None" = None

    def ignored(self, path: str, *, folder: bool) -> bool:
        """Whether a file or folder (path from the root, `/` between) is left out; the last rule that fits decides.

        Whoever asks walks from the top: what lies in an ignored folder is never asked for.
        """
        names = path[len(self.base) :].split("/")
        for rule in reversed(self.own):
            if (folder or not rule.folders_only) and _fits(rule.parts, names):
                return not rule.negated
        return self.above.ignored(path, folder=folder) if self.above is not None else False


def rules(lines: Iterable[str], base: str = "", above: Rules | None = None) -> Rules:
    """Read the lines of a `.gitignore` in the folder `base`.

    >>> found = rules(["*.log", "!keep.log", "/build/"])
    >>> [found.ignored(path, folder=False) for path in ("a/b.log", "keep.log", "build")]
    [True, False, False]
    """
    return Rules(base, tuple(rule for line in lines for rule in _rule(line)), above)


def unwanted(name: str) -> str:
    """Why a file is left out for its name: "secret", "generated", "binary"; empty if it is not."""
    lowered = name.lower()
    if SECRETS.fullmatch(lowered):
        return "secret"
    if GENERATED.fullmatch(lowered):
        return "generated"
    return "binary" if lowered.rpartition(".")[2] in BINARY and "." in lowered else ""


def _rule(line: str) -> list[_Rule]:
    text = line.rstrip("\r\n")
    while text.endswith(" ") and not text.endswith("\\ "):
        text = text[:-1]
    if not text or text.startswith("#") or len(text) > 1000:
        return []
    negated = text.startswith("!")
    text = text[negated:]
    folders_only = text.endswith("/")
    text = text.rstrip("/") if folders_only else text
    if not text:
        return []
    parts = text.removeprefix("/").split("/") if "/" in text else ["**", text]
    try:
        compiled = [None if part == "**" else re.compile(_segment(part), re.DOTALL) for part in parts]
    except re.error:  # such as the range [z-a], or a bracket that is not closed: git lets it match nothing
        return []
    return [_Rule(tuple(compiled), negated, folders_only)]


def _fits(parts: Sequence[re.Pattern[str] | None], names: Sequence[str]) -> bool:
    """Whether the parts match all the names: which numbers of names the parts so far can have used up."""
    used = {0}
    for number, part in enumerate(parts):
        if part is not None:
            used = {at + 1 for at in used if at < len(names) and part.fullmatch(names[at])}
        elif number == len(parts) - 1:
            return any(at < len(names) for at in used)
        elif used:
            used = set(range(min(used), len(names) + 1))
    return len(names) in used


def _segment(glob: str) -> str:
    """One name's glob as a regular expression; a star takes as little as it can and never gives back, so that it stays
    quick (as in the standard library's fnmatch)."""
    pieces = _pieces(glob)
    stars = [place for place, piece in enumerate(pieces) if piece == "*"]
    if not stars:
        return "".join(pieces)
    fixed = ["".join(pieces[start + 1 : end]) for start, end in zip(stars, [*stars[1:], len(pieces)], strict=True)]
    middle = "".join(f"(?>.*?{piece})" for piece in fixed[:-1] if piece)
    return "".join(pieces[: stars[0]]) + middle + ".*" + fixed[-1]


def _pieces(glob: str) -> list[str]:
    """Each character, class or star of a glob as a regular expression; a star stays `*`."""
    found: list[str] = []
    at = 0
    while at < len(glob):
        character = glob[at]
        at += 1
        if character == "*":
            if not found or found[-1] != "*":
                found.append("*")
        elif character == "?":
            found.append(".")
        elif character == "\\" and at < len(glob):
            found.append(re.escape(glob[at]))
            at += 1
        elif character == "[" and (end := glob.find("]", at + 1 + (glob[at : at + 1] in ("!", "^")))) > 0:
            inner = glob[at:end].replace("\\", "\\\\").replace("[", "\\[")
            negated = inner[:1] in ("!", "^")
            found.append(f"[{'^' if negated else ''}{inner[negated:]}]")
            at = end + 1
        elif character == "[":
            raise re.error("a bracket that is not closed")
        else:
            found.append(re.escape(character))
    return found
