"""Asking an endpoint: JSON posted to one address, again after a passing fault; the key appears in no message.

Floor 3. Below: posting. Above: `endpoint` (vectors) and `chat` (replies), which know what to ask and how to read it.
"""

import http.client
import random
import time
import urllib.error
from contextlib import suppress
from typing import NamedTuple

import msgspec

from tacit.errors import ModelError
from tacit.posting import post

__all__ = ["Answer", "Endpoint", "Patience"]

PASSING = frozenset({408, 409, 425, 429, 500, 502, 503, 504})
"""Statuses after which the same request may succeed."""
LONGEST_WAIT = 30.0
"""Seconds: an endpoint that asks for a longer pause is reported instead, and its caller tries again later."""


class Patience(msgspec.Struct, frozen=True, kw_only=True):
    """How long an endpoint is waited for."""

    timeout: float = 30.0
    """Seconds to connect, and between two reads."""
    attempts: int = 3
    backoff: float = 0.5
    """Seconds before the second attempt, doubled for each further one, half of it by chance; `Retry-After` wins."""
    again_after_silence: bool = True
    """Whether a request is repeated that was not answered within the timeout."""


class Answer(NamedTuple):
    """What an endpoint answered in the end."""

    status: int
    content: bytes
    """Of a success; empty where it refused."""
    cause: str = ""
    """Why there is no content: what it said, short, without the key."""


class Endpoint:
    """One address of a model, with its key. Thread-safe."""

    def __init__(
        self, address: str, *, key: str, failure: str, remedy: str, most: int, patience: Patience | None = None
    ) -> None:
        """`failure` and `remedy`: what every `ModelError` says; `most`: bytes that a reply may have."""
        self.address = address
        self._key = key
        self._failure = failure
        self._remedy = remedy
        self._most = most
        self._patience = patience or Patience()

    def ask(self, body: bytes) -> bytes:
        """Post; -> the reply's bytes. Raises `ModelError`, also where it refused."""
        return self.taken(self.answer(body))

    def taken(self, answer: Answer) -> bytes:
        """The content of an answer. Raises `ModelError` for a refusal."""
        if answer.cause:
            raise self.failed(answer.cause)
        return answer.content

    def answer(self, body: bytes) -> Answer:
        """Post, again after a passing fault; -> the reply, or the refusal. Raises `ModelError` where none came."""
        patience = self._patience
        wait = patience.backoff
        for attempt in range(1, patience.attempts + 1):
            last = attempt == patience.attempts
            try:
                return Answer(200, self._sent(body))
            except urllib.error.HTTPError as error:
                pause = _retry_after(error)
                if error.code not in PASSING or pause > LONGEST_WAIT or last:
                    return Answer(error.code, b"", self._refusal(error))
                error.close()
            except (OSError, http.client.HTTPException, UnicodeError) as error:  # the last: a host that is no name
                reason = getattr(error, "reason", None) or error
                silent = isinstance(reason, TimeoutError) and not patience.again_after_silence
                if last or silent:
                    raise self.failed(str(reason) or type(reason).__name__) from None
                pause = 0.0
            time.sleep(pause or wait * random.uniform(0.5, 1.0))  # noqa: S311 - spreads retries, guards nothing
            wait *= 2
        raise self.failed("no attempt was allowed")

    def failed(self, cause: str) -> ModelError:
        """The error of whoever cannot use what this endpoint sends."""
        return ModelError(self._failure, cause=cause, remedy=self._remedy)

    def shown(self, said: str) -> str:
        """What the endpoint said, short, and without the key that some of them repeat."""
        if self._key:
            for written in (self._key, self._key.replace("/", "\\/")):  # some write JSON with their slashes escaped
                said = said.replace(written, "***")
        return " ".join(said.split())[:200]

    def _sent(self, body: bytes) -> bytes:
        headers = {"Content-Type": "application/json", "Accept": "application/json", "User-Agent": "tacit"}
        if self._key:
            headers["Authorization"] = f"Bearer {self._key}"
        content = post(self.address, body, headers=headers, timeout=self._patience.timeout, most=self._most)
        if len(content) > self._most:
            raise self.failed(f"its reply is longer than {self._most} bytes")
        return content

    def _refusal(self, error: urllib.error.HTTPError) -> str:
        if error.code in (401, 403):
            error.close()
            wants = "it did not accept the key" if self._key else "it wants a key"
            return f"status {error.code}: {wants}"
        said = b""
        with suppress(OSError, http.client.HTTPException), error:  # it may hang up before it has said why
            said = error.read(2_000)
        return f"status {error.code}: {self.shown(said.decode('utf-8', 'replace')) or error.reason}"


def _retry_after(error: urllib.error.HTTPError) -> float:
    """Seconds that the endpoint asks to wait; 0 where it does not say so in seconds."""
    value = (error.headers.get("Retry-After") or "").strip()
    return float(value) if value.isascii() and value.isdigit() else 0.0
