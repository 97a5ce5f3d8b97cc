"""Unified diffs of whole files, as people read them.

Floor 2, pure. Above: the verb that improves a workspace.
"""

import difflib
from collections.abc import Mapping

__all__ = ["unified"]


def unified(old: Mapping[str, str], new: Mapping[str, str]) -> str:
    r"""What changes from the old texts to the new ones; paths that only `new` has are new files.

    >>> print(unified({"a.py": "x = 1\ny = 2\n"}, {"a.py": "x = 1\ny = 3\n"}), end="")
    --- a/a.py
    +++ b/a.py
    @@ -1,2 +1,2 @@
     x = 1
    -y = 2
    +y = 3
    """
    parts = []
    for path in sorted(new):
        before, after = (side.get(path, "").splitlines(keepends=True) for side in (old, new))
        source = f"a/{path}" if path in old else "/dev/null"
        parts += [
            line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
            for line in difflib.unified_diff(before, after, source, f"b/{path}")
        ]
    return "".join(parts)
