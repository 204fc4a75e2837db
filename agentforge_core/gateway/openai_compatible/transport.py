"""What aiohttp raises, in the user's terms."""

from __future__ import annotations

import os
import socket
import ssl

import aiohttp

from agentforge_core.gateway.openai_compatible.endpoint import Endpoint
from agentforge_core.gateway.openai_compatible.failures import RequestFailed
from agentforge_core.gateway.openai_compatible.target import CONNECT_TIMEOUT_S

_UP = "check that the server runs, and its address in `base_url`"
_TRUST = "check the server's certificate; SSL_CERT_FILE names further authorities to trust"
_LATER = "the provider or a proxy before it closes connections; try again later"


def failure_of(error: Exception, endpoint: Endpoint, *, has_answered: bool) -> RequestFailed:
    """The failure that an exception of aiohttp stands for.

    Args:
        error: an `aiohttp.ClientError` or a `TimeoutError`.
        endpoint: where the request went.
        has_answered: whether status and headers had arrived.
    """
    if isinstance(error, TimeoutError):
        return _timeout(error, endpoint, has_answered=has_answered)
    if isinstance(error, (aiohttp.ClientSSLError, aiohttp.ServerFingerprintMismatch)):
        return RequestFailed("AF4023", f"cannot be trusted: {_words(error)}", _TRUST, transient=False)
    if isinstance(error, aiohttp.ClientConnectorError):
        return RequestFailed("AF4010", f"cannot be reached: {_words(error)}", _UP, transient=True)
    if isinstance(
        error, (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError, aiohttp.ClientPayloadError)
    ):
        when = "in the middle of its reply" if has_answered else "without an answer"
        return RequestFailed("AF4017", f"closed the connection {when}", _LATER, transient=True)
    if isinstance(error, aiohttp.ClientHttpProxyError):
        what = f"is behind a proxy that refuses the connection with status {error.status}"
        return RequestFailed("AF4010", what, "check HTTPS_PROXY and NO_PROXY", transient=error.status >= 500)
    what = f"does not speak HTTP as it should ({type(error).__name__})"
    return RequestFailed("AF4018", what, _UP, transient=False)


def _timeout(error: Exception, endpoint: Endpoint, *, has_answered: bool) -> RequestFailed:
    if isinstance(error, aiohttp.ServerTimeoutError):
        seconds = min(CONNECT_TIMEOUT_S, endpoint.timeout_s)
        what = f"did not take a connection within {seconds:g} s"
        return RequestFailed("AF4011", what, _UP, transient=True)
    did = "did not finish its reply" if has_answered else "did not begin to answer"
    return RequestFailed(
        "AF4011",
        f"{did} within {endpoint.timeout_s:g} s",
        "give the model a longer `timeout_s`",
        transient=not has_answered,
    )


def _words(error: Exception) -> str:
    """The system's own words for an error of a connection, without addresses."""
    cause = getattr(error, "os_error", None) or getattr(error, "certificate_error", None) or error
    if isinstance(cause, (ssl.SSLCertVerificationError, socket.gaierror)):
        return str(getattr(cause, "verify_message", cause.strerror))
    if isinstance(cause, OSError) and cause.errno and not isinstance(cause, ssl.SSLError):
        return os.strerror(cause.errno).lower()
    return str(getattr(cause, "reason", None) or cause)[:200] or type(error).__name__
