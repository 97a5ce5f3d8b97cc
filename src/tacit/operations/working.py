"""Working memory of one session: named values, and a window of messages within a token budget.

Floor 4. In memory only, gone with the process: what shall last is recorded. A shared one for several processes is an
implementation over Redis, not this.
"""

import threading
from collections import deque
from collections.abc import Iterator
from typing import Any

from tacit.errors import NotFound
from tacit.logic.limits import LABEL, TEXT, VALUE_BYTES
from tacit.logic.text import checked, checked_json
from tacit.logic.tokens import estimate_tokens
from tacit.ports import Clock
from tacit.types import Value

__all__ = ["Remembered", "Said", "WorkingMemory"]

WINDOW = 50
BUDGET = 8_000


class Remembered(Value, frozen=True, kw_only=True):
    """One working variable."""

    key: str
    value: Any
    category: str
    at: int
    """Microseconds."""


class Said(Value, frozen=True, kw_only=True):
    """One message of the window."""

    role: str
    text: str
    tokens: int
    """Estimated."""
    at: int


class WorkingMemory:
    """Values by key, and the last messages: at most `window` of them and `budget` estimated tokens. Thread-safe."""

    def __init__(self, clock: Clock, *, window: int = WINDOW, budget: int = BUDGET) -> None:
        self._clock = clock
        self._budget = budget
        self._values: dict[str, Remembered] = {}
        self._said: deque[Said] = deque(maxlen=window)
        self._lock = threading.Lock()

    def remember(self, key: str, value: Any, category: str = "general") -> None:
        """Keep a JSON value under a key, over what was there."""
        kept = Remembered(
            key=checked(key, "key", LABEL),
            value=checked_json(value, "value", VALUE_BYTES),
            category=checked(category, "category", LABEL),
            at=self._clock(),
        )
        with self._lock:
            self._values[kept.key] = kept

    def recall(self, key: str) -> Any:
        """The value under a key. Raises `NotFound`."""
        with self._lock:
            if key not in self._values:
                raise NotFound(
                    f"nothing is remembered under {ascii(key)[:80]}",
                    cause="this session's working memory has no such key",
                    remedy="remember it first",
                )
            return self._values[key].value

    def values(self, category: str | None = None) -> list[Remembered]:
        """All values, or those of a category, in the order in which they were first kept."""
        with self._lock:
            return [kept for kept in self._values.values() if category in (None, kept.category)]

    def forget(self, key: str) -> bool:
        """Drop a value; -> whether there was one."""
        with self._lock:
            return self._values.pop(key, None) is not None

    def say(self, role: str, text: str) -> None:
        """Add a message; the oldest ones leave when the window or the budget is full."""
        text = checked(text, "text", TEXT)
        said = Said(role=checked(role, "role", LABEL), text=text, tokens=estimate_tokens(text), at=self._clock())
        with self._lock:
            self._said.append(said)
            while len(self._said) > 1 and sum(one.tokens for one in self._said) > self._budget:
                self._said.popleft()

    def messages(self) -> list[Said]:
        """The window, oldest first."""
        with self._lock:
            return list(self._said)

    def __iter__(self) -> Iterator[Remembered]:
        return iter(self.values())
