"""Notices: what carries a notification out of this process, as the setting `notify` names it.

Floor 3. Below: posting. Above: opening, which makes them. `log` (this process's log), an http(s) URL that gets the
message as JSON (`text` is what Slack and Mattermost show), or a command that gets it on standard input. Nothing is sent
anywhere that the owner did not name. Addresses often are keys: only their hosts are ever told.
"""

import http.client
import logging
import os
import shlex
import signal
import subprocess
import urllib.error
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from tacit.errors import ConfigurationError, TacitError
from tacit.ports import Messenger
from tacit.posting import post

__all__ = ["CommandMessenger", "LogMessenger", "WebhookMessenger", "open_messengers"]

TIMEOUT = 5.0
"""Seconds for one message."""
REPLY_BYTES = 64 << 10
MOST = 8
LOG = "log"

log = logging.getLogger("tacit.notices")


class LogMessenger:
    """To the log of this process, as a warning of `tacit.notices`."""

    name = LOG

    def send(self, message: Mapping[str, Any]) -> None:
        """Never fails."""
        log.warning("%s", message["text"])


class WebhookMessenger:
    """To an address, by POST."""

    def __init__(self, address: str) -> None:
        """Raises `ConfigurationError`."""
        self._address = address
        self.name = _host(address)

    def send(self, message: Mapping[str, Any]) -> None:
        """Raises `TacitError`."""
        headers = {"Content-Type": "application/json", "User-Agent": "tacit"}
        try:
            post(self._address, msgspec.json.encode(message), headers=headers, timeout=TIMEOUT, most=REPLY_BYTES)
        except urllib.error.HTTPError as error:
            error.close()
            raise _failed(self.name, f"it answered with status {error.code}") from None
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise _failed(self.name, type(getattr(error, "reason", None) or error).__name__) from None


class CommandMessenger:
    """To a program, on its standard input; with all that it starts it has some seconds."""

    def __init__(self, command: str) -> None:
        """Raises `ConfigurationError`."""
        try:
            self._words = shlex.split(command)
        except ValueError as error:
            raise _unusable(f"a command cannot be read: {error}") from None
        if not self._words or "\0" in command:
            raise _unusable("a command is empty, or has a NUL character")
        self.name = Path(self._words[0]).name

    def send(self, message: Mapping[str, Any]) -> None:
        """Raises `TacitError`."""
        quiet = subprocess.DEVNULL
        try:
            process = subprocess.Popen(
                self._words, stdin=subprocess.PIPE, stdout=quiet, stderr=quiet, start_new_session=True
            )
        except OSError as error:
            raise _failed(self.name, error.strerror or type(error).__name__) from None
        try:
            process.communicate(msgspec.json.encode(message), timeout=TIMEOUT)
        except subprocess.TimeoutExpired:
            raise _failed(self.name, f"it did not end within {TIMEOUT:.0f} seconds") from None
        finally:
            if process.returncode is None:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        if process.returncode:
            raise _failed(self.name, f"it ended with {process.returncode}")


def open_messengers(targets: Sequence[str]) -> list[Messenger]:
    """One for each target of the setting. Sends nothing yet. Raises `ConfigurationError`."""
    if len(targets) > MOST:
        raise _unusable(f"{len(targets)} targets are named, at most {MOST} may be")
    return [_opened(target.strip()) for target in dict.fromkeys(targets)]


def _opened(target: str) -> Messenger:
    if target == LOG:
        return LogMessenger()
    if "://" in target.split(" ")[0]:
        return WebhookMessenger(target)
    return CommandMessenger(target)


def _host(address: str) -> str:
    """Scheme and host: what may be told of an address."""
    try:
        parts = urlsplit(address)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        usable = usable and parts.username is None and address.isascii() and address.isprintable()
    except ValueError:
        usable = False
    if not usable or " " in address:
        raise _unusable("an address must be http(s)://HOST[:PORT][/PATH], without a user or a password")
    return f"{parts.scheme}://{parts.netloc}"


def _unusable(cause: str) -> ConfigurationError:
    return ConfigurationError(
        "the setting notify cannot be used", cause=cause, remedy="name `log`, an http(s) URL, or a command"
    )


def _failed(name: str, cause: str) -> TacitError:
    return TacitError(f"{name} was not notified", cause=cause, remedy="see the setting notify; it is in the ledger")
