"""The bounds of everything that comes in.

Floor 2. Below: nothing. Above: every edge checks against these and names them in its error. Sizes of texts are in
characters unless the name says bytes.
"""

__all__ = [
    "ARGUMENTS_BYTES",
    "ARTIFACT_BYTES",
    "DESCRIPTION",
    "EPISODE_BYTES",
    "FILE_BYTES",
    "JSON_DEPTH",
    "LABEL",
    "LINE_BYTES",
    "METADATA_KEYS",
    "METADATA_VALUE",
    "OBSERVATION",
    "QUERY",
    "STEPS",
    "TAGS",
    "TEXT",
    "VALUE_BYTES",
]

DESCRIPTION = 10_000
"""The task of an episode."""
STEPS = 1_000
"""Of an episode."""
OBSERVATION = 10_000
"""What a tool answered, and what the agent meant by a step."""
ARGUMENTS_BYTES = 1_000_000
"""What a tool was called with."""
ARTIFACT_BYTES = 1_000_000
EPISODE_BYTES = 10_000_000
"""All texts of an episode."""
TEXT = 1_000_000
"""An utterance, a statement, an answer, a chunk."""
VALUE_BYTES = 1_000_000
"""A preference, a working variable: as JSON."""
QUERY = 10_000
LABEL = 500
"""A name: of a tool, an author, a domain, a key, a tag."""
TAGS = 64
METADATA_KEYS = 64
METADATA_VALUE = 2_000
JSON_DEPTH = 64
"""Nesting of a JSON value. Real transcripts stay under 20; unbounded nesting ends a recursive reader."""
LINE_BYTES = 64_000_000
"""One line of an imported file: an image in base64 is kept out of memory, a transcript's longest lines are not."""
FILE_BYTES = 1_000_000
"""One file of an indexed folder; larger ones are data or generated."""
