"""Which language a file is in, by its name, and how a definition begins in each.

Floor 2. Below: nothing. Above: logic.chunks. Line by line and by indentation, without parsers: it may miss a definition
(its text then belongs to the one before), and it never loses text. Python alone is parsed, by logic.chunks.
"""

import re

__all__ = ["PROSE", "definition", "language_of"]

_SUFFIXES = {
    "python": "py pyi pyw",
    "javascript": "js jsx mjs cjs",
    "typescript": "ts tsx mts cts",
    "go": "go",
    "rust": "rs",
    "java": "java",
    "kotlin": "kt kts",
    "csharp": "cs",
    "scala": "scala sc",
    "swift": "swift",
    "php": "php",
    "c": "c h",
    "cpp": "cc cpp cxx hh hpp hxx ino cu",
    "ruby": "rb rake gemspec",
    "shell": "sh bash zsh ksh",
    "lua": "lua",
    "elixir": "ex exs",
    "sql": "sql",
    "markdown": "md markdown mdx",
    "rst": "rst",
    "text": "txt text adoc org tex log",
    "html": "html htm xhtml",
    "css": "css scss less",
    "json": "json jsonl json5 ipynb",
    "yaml": "yaml yml",
    "toml": "toml",
    "xml": "xml svg",
    "csv": "csv tsv",
    "ini": "ini cfg conf properties env",
    "perl": "pl pm",
    "r": "r",
    "julia": "jl",
    "haskell": "hs",
    "dart": "dart",
    "vue": "vue svelte",
    "protobuf": "proto",
    "terraform": "tf hcl",
}
_BY_SUFFIX = {suffix: language for language, suffixes in _SUFFIXES.items() for suffix in suffixes.split()}
_BY_NAME = {
    "makefile": "make", "dockerfile": "docker", "readme": "text", "license": "text", "rakefile": "ruby",
    "gemfile": "ruby", "jenkinsfile": "java", "changelog": "text", "notice": "text",
}  # fmt: skip
PROSE = frozenset({"markdown", "rst", "text"})
LONGEST_LINE = 300
"""A longer line is no definition that a person wrote; it also bounds the work of the patterns."""

_NOT_NAMES = (
    r"(?!(?:if|for|while|switch|catch|return|function|else|do|try|with|new|throw|await|typeof|delete|using|lock|foreach"
    r"|synchronized|assert|sizeof|case|match|loop|unless|until|when)\b)"
)
_JS = (
    r"(?:export\s+)?(?:default\s+)?(?:declare\s+)?(?:abstract\s+)?(?:async\s+)?"
    r"(?:(?P<container>class|namespace)\s+|(?:function\s*\*?|interface|enum|type)\s+)(?P<name>[\w$]+)"
    r"|(?:export\s+)?(?:const|let|var)\s+(?P<value>[\w$]+)\s*(?::[^=]{1,120})?=\s*(?:async\s*)?"
    r"(?:function\b|\([^)]{0,200}\)\s*(?::[^=]{1,80})?=>|[\w$]+\s*=>|class\b)"
    rf"|(?:(?:public|private|protected|static|readonly|async|get|set|override)\s+){{0,4}}\*?{_NOT_NAMES}"
    r"(?P<method>[\w$#]+)\s*(?:<[^>]{0,60}>)?\([^;]{0,200}\)\s*(?::[^{;=]{1,100})?\{\s*$"
)
_MODIFIERS = (
    r"(?:(?:public|private|protected|internal|static|final|abstract|sealed|override|virtual|async|open|data|inline|suspend"
    r"|partial|readonly|synchronized|default|native|extern|unsafe|mutating|fileprivate|implicit|lazy|case|const)\s+){0,5}"
)
_JVM = (
    rf"{_MODIFIERS}(?:(?P<container>class|interface|enum|record|struct|object|trait|protocol|extension|namespace|actor)"
    r"(?:\s+class)?\s+(?P<name>\w+)"
    r"|(?:fun|func|def|function)\s+(?:<[^>]{0,60}>\s*)?(?:\w+\.)?(?P<value>[\w$]+)"
    rf"|(?:[\w<>\[\],.?&*]+\s+){{1,4}}{_NOT_NAMES}(?P<method>\w+)\s*\([^;]{{0,200}}(?:\{{|,|\(|\)|throws\s.{{1,80}})\s*$)"
)
_C = (
    r"(?:typedef\s+)?(?:template\s*<[^>]{0,120}>\s*)?(?P<container>class|struct|union|enum|namespace)\s+(?P<name>\w+)[^;]*$"
    rf"|(?![\s#/*}}])(?:[\w:<>,*&~]+\s+){{0,6}}[*&]{{0,2}}{_NOT_NAMES}(?P<method>[\w:~]+)\s*\([^;]{{0,250}}$"
)
_DEFINITIONS = {
    "javascript": _JS,
    "typescript": _JS,
    "vue": _JS,
    "go": r"func\s+(?:\(\s*\w*\s*\*?(?P<owner>\w+)[^)]{0,60}\)\s*)?(?P<name>\w+)|type\s+(?P<value>\w+)\s",
    "rust": (
        r"(?:pub(?:\([^)]{1,30}\))?\s+)?(?:default\s+)?(?:async\s+|unsafe\s+|const\s+|extern\s+\"[^\"]{1,20}\"\s+){0,3}"
        r"(?:(?:fn|struct|enum|union|type|static)\s+(?P<name>\w+)|macro_rules!\s*(?P<value>\w+)"
        r"|(?P<container>trait|mod|impl)\b(?:<[^>]{0,100}>)?\s*(?:[\w:<>', ]{1,80}?\sfor\s+)?&?(?P<method>\w+))"
    ),
    "java": _JVM,
    "kotlin": _JVM,
    "csharp": _JVM,
    "scala": _JVM,
    "swift": _JVM,
    "php": _JVM,
    "dart": _JVM,
    "c": _C,
    "cpp": _C,
    "ruby": r"(?:(?P<container>class|module)\s+(?P<name>[\w:]+)|def\s+(?:self\.)?(?P<value>[\w?!=]+))",
    "shell": r"(?:function\s+(?P<name>[\w:-]+)|(?P<value>[\w:-]+)\s*\(\)\s*(?:\{|$))",
    "lua": r"(?:local\s+)?function\s+(?P<name>[\w.:]+)",
    "elixir": (
        r"(?:(?P<container>defmodule|defprotocol|defimpl)\s+(?P<name>[\w.]+)"
        r"|def(?:p|macro)?\s+(?P<value>\w+[?!]?))"
    ),
    "perl": r"sub\s+(?P<name>\w+)",
    "r": r"(?P<name>[\w.]+)\s*(?:<-|=)\s*function\b",
    "julia": r"(?:function\s+(?P<name>[\w.!]+)|(?:mutable\s+)?struct\s+(?P<value>\w+))",
    "sql": r"(?i:create)\s+(?:\w+\s+){0,3}?(?i:table|view|function|procedure|trigger|index|type)\s+"
    r"(?:(?i:if not exists)\s+)?(?P<name>[\w.\"`]+)",
    "protobuf": r"(?P<container>message|service|enum)\s+(?P<name>\w+)",
    "terraform": r"(?:resource|data|module|variable|output|provider)\s+\"(?P<name>[^\"]+)\"",
    "make": r"(?P<name>[\w./-]+)\s*:(?!=)",
}
_COMPILED = {language: re.compile(pattern) for language, pattern in _DEFINITIONS.items()}


def language_of(path: str) -> str:
    """By the file's name; empty where it says nothing.

    >>> language_of("src/app.test.tsx"), language_of("Makefile"), language_of("LICENSE")
    ('typescript', 'make', 'text')
    """
    name = path.rsplit("/", 1)[-1].lower()
    stem, dot, suffix = name.rpartition(".")
    return _BY_SUFFIX.get(suffix, "") if dot and stem else _BY_NAME.get(name, "")


def definition(language: str, line: str) -> tuple[str, bool] | None:
    """(name, whether it may hold others) of the definition that begins in a line without its indentation; or None."""
    pattern = _COMPILED.get(language)
    if pattern is None or len(line) > LONGEST_LINE:
        return None
    match = pattern.match(line)
    if match is None:
        return None
    found = match.groupdict()
    name = found.get("name") or found.get("value") or found.get("method")
    owner = found.get("owner")
    return (f"{owner}.{name}" if owner else str(name), bool(found.get("container"))) if name else None
