"""Posting: one request to an address that the owner named, over the standard library's HTTP client.

Floor 3, under models and notices. TLS is verified, the proxies of the environment are used. Redirects are refused,
because they would carry what is secret to another host.
"""

import http.client
import urllib.request
from collections.abc import Mapping

__all__ = ["post"]


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect is answered like any other status that is not 200."""

    def redirect_request(self, *_: object) -> None:
        """None: do not follow."""


_opener = urllib.request.build_opener(_NoRedirect)


def post(address: str, body: bytes, *, headers: Mapping[str, str], timeout: float, most: int) -> bytes:
    """Post to an http(s) address; -> the reply, whole, or its first `most` + 1 bytes where it is longer.

    `timeout`: seconds to connect, and between two reads. Raises `urllib.error.HTTPError` for a status that is no
    success, `OSError` and `http.client.HTTPException` where there was no whole reply.
    """
    request = urllib.request.Request(address, body, dict(headers))  # noqa: S310 - callers allow http(s) alone
    with _opener.open(request, timeout=timeout) as reply:
        promised = reply.length
        content: bytes = reply.read(most + 1)
    if promised is not None and len(content) < min(promised, most):  # a bounded read does not notice
        raise http.client.IncompleteRead(content, promised - len(content))
    return content
