"""What an owner says of an endpoint, checked before anything is sent: its base URL, and the key to it.

Floor 3. Below: nothing. Above: `endpoint` and `chat`, which post there, and `open`, which checks early.
"""

from urllib.parse import urlsplit

from tacit.errors import ConfigurationError

__all__ = ["checked_base", "usable_key"]


def checked_base(base: str, *, of: str, setting: str, key: str) -> str:
    """A base URL without what ends it: http or https, a host, no secrets in it. `of`: whose it is, in words; `setting`
    and `key`: the variables that say it and the key. Raises `ConfigurationError`."""
    base = base.strip().rstrip("/")
    try:
        parts = urlsplit(base)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        usable = usable and base.isascii() and base.isprintable() and " " not in base
        safe = parts.username is None and not parts.query and not parts.fragment
    except ValueError:
        usable = safe = False
    if usable and safe:
        return base
    shown = base[:200] if usable is False and "@" not in base else "it"
    raise ConfigurationError(
        f"the URL of {of} cannot be used",
        cause=f"{shown} must be http(s)://HOST[:PORT][/PATH] without a user, a password or a query",
        remedy=f"set {setting}, and put the key into {key}",
    )


def usable_key(key: str, remedy: str) -> str:
    """The key, stripped. Raises `ConfigurationError` that does not repeat it: the HTTP client would."""
    key = key.strip()
    if not (key.isascii() and key.isprintable()):
        raise ConfigurationError(
            "the key of the endpoint cannot be used",
            cause="it has characters that no HTTP header may carry",
            remedy=remedy,
        )
    return key
