"""Time stamp authorities (RFC 3161): the question, the answer, and the file that keeps it."""

from __future__ import annotations

import asyncio
import urllib.request
from urllib.error import URLError

from asn1crypto import tsp
from pyhanko.sign.general import SigningError
from pyhanko.sign.timestamps import TimeStamper

from harness.core import ConfigError, Problem

__all__ = ["HttpAuthority", "stamp"]

_LIMIT = 1 << 20


class HttpAuthority(TimeStamper):
    """An authority that answers over HTTP."""

    def __init__(self, url: str, timeout_s: float) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._url = url
        self._timeout_s = timeout_s

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        """One request; blocks, because sealing does one thing at a time.

        Raises:
            ConfigError: no answer, or one that is no reply of RFC 3161.
        """
        if not self._url.startswith(("http://", "https://")):
            raise ConfigError(Problem(f"time stamp authority: '{self._url}' is no http or https address"))
        headers = {"Content-Type": "application/timestamp-query", "Accept": "application/timestamp-reply"}
        request = urllib.request.Request(self._url, req.dump(), headers)
        try:
            with urllib.request.urlopen(request, timeout=self._timeout_s) as answer:
                content = answer.read(_LIMIT)
        except (URLError, OSError) as error:
            reason = getattr(error, "reason", None) or error
            raise ConfigError(Problem(f"time stamp authority {self._url}: {reason}")) from error
        try:
            reply = tsp.TimeStampResp.load(content, strict=True)
            reply["status"]["status"].native  # noqa: B018  # asn1crypto parses late
        except (ValueError, TypeError) as error:
            raise ConfigError(Problem(f"time stamp authority {self._url}: the answer is no time stamp reply")) from error
        return reply


def stamp(content_digest: bytes, authority: TimeStamper) -> bytes:
    """A time stamp reply (DER) for a SHA-256 digest.

    Raises:
        ConfigError: the authority cannot be asked, refuses, or answers another question.
    """
    nonce, request = authority.request_cms(content_digest, "sha256")
    try:
        reply = asyncio.run(authority.async_request_tsa_response(request))
    except SigningError as error:
        raise ConfigError(Problem(f"time stamp authority: {error}")) from error
    status = reply["status"]["status"].native
    if status not in ("granted", "granted_with_mods"):
        raise ConfigError(Problem(f"time stamp authority: refused, {status}"))
    info = reply["time_stamp_token"]["content"]["encap_content_info"]["content"].parsed
    if info["message_imprint"]["hashed_message"].native != content_digest or (nonce and info["nonce"].native != nonce):
        raise ConfigError(Problem("time stamp authority: the answer belongs to another question"))
    content: bytes = reply.dump()
    return content
