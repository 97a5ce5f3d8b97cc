"""Namespaces: the boundary of everything, written as a path of tenant and agent, such as `acme/support-bot`.

Floor 2. Above: stores and opening check every name here.
"""

import re

from tacit.errors import InvalidInput

__all__ = ["checked_namespace"]

SEGMENT = r"[A-Za-z0-9][A-Za-z0-9._-]*"
NAMESPACE = re.compile(f"{SEGMENT}(?:/{SEGMENT}){{0,7}}")
LONGEST = 200


def checked_namespace(namespace: object) -> str:
    """The namespace, if it is one. Raises `InvalidInput`.

    >>> checked_namespace("acme/support-bot")
    'acme/support-bot'
    """
    if isinstance(namespace, str) and len(namespace) <= LONGEST and NAMESPACE.fullmatch(namespace):
        return namespace
    raise InvalidInput(
        f"{ascii(namespace)[:80]} is no namespace",
        cause=f"it is not 1 to 8 parts of letters, digits, `.`, `_` and `-`, joined by `/`, of at most {LONGEST} "
        "characters, each part beginning with a letter or a digit",
        remedy="name it like acme/support-bot",
    )
