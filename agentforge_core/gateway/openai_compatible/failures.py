"""What can go wrong with one request, in the user's terms.

A request that fails raises `RequestFailed`; `retry` decides whether another one is sent, and the last
failure becomes the `ModelError` that the caller sees.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from pydantic_core import from_json

from agentforge_core.diagnostics import Diagnostic
from agentforge_core.errors import ModelError
from agentforge_core.gateway.openai_compatible.endpoint import Endpoint

LONGEST_MESSAGE = 500
"""Characters of a provider's own message that are shown."""

_REQUEST_IDS = ("x-request-id", "request-id", "x-amzn-requestid", "cf-ray")
_QUOTA = "insufficient_quota"  # OpenAI's code for "no money left", sent with status 429
_BLANKS = re.compile(r"\s+")

_HINTS = {
    "AF4011": "the provider gave up waiting for the request; try again later",
    "AF4012": "check the key, and that it may use this model at this address",
    "AF4013": "check the name of the model and `base_url`, the address without /chat/completions",
    "AF4014": "try again later, or use fewer runs at once",
    "AF4015": "the provider does not take this request; its message says why",
    "AF4016": "the provider has trouble; try again later",
}


class RequestFailed(Exception):  # noqa: N818 - an event of one request, not an error of the run
    """One request failed.

    Args:
        code: diagnostic code.
        what: what happened; reads on after "the model NAME at PLACE".
        hint: what would help.
        transient: whether the same request might succeed later.
        status: HTTP status, when one was received.
        retry_after: seconds the provider asked to wait.
        request_id: the provider's id of the request.
    """

    def __init__(
        self,
        code: str,
        what: str,
        hint: str | None,
        *,
        transient: bool,
        status: int | None = None,
        retry_after: float | None = None,
        request_id: str | None = None,
    ) -> None:
        super().__init__(code, what)
        self.code = code
        self.what = what
        self.hint = hint
        self.transient = transient
        self.status = status
        self.retry_after = retry_after
        self.request_id = request_id

    def as_error(self, endpoint: Endpoint, attempts: int) -> ModelError:
        """What the caller sees after `attempts` requests; no secret of `endpoint` is in it."""
        told = [f"{attempts} request{'s' if attempts > 1 else ''} sent"]
        if self.request_id:
            told.insert(0, f"request id {self.request_id}")
        what = f"{self.what}; it asks to wait {self.retry_after:.0f} s" if self.retry_after else self.what
        diagnostic = Diagnostic(
            self.code,
            endpoint.masked(f"the model {endpoint.label} at {endpoint.where} {what}"),
            path=endpoint.path,
            reason=endpoint.masked(", ".join(told)),
            hint=self.hint,
        )
        return ModelError(
            diagnostic,
            transient=self.transient,
            status_code=self.status,
            retry_after=self.retry_after,
            request_id=self.request_id,
        )


def from_status(status: int, headers: Mapping[str, str], body: bytes, endpoint: Endpoint) -> RequestFailed:
    """The failure that an HTTP status other than 2xx stands for."""
    parsed = _parsed(body)
    said = provider_message(parsed, body, headers.get("content-type", ""), endpoint)
    code = _code_of(status)
    what = f"answered with status {status}" + (f": {said}" if said else "")
    hint = _HINTS.get(code)
    transient = status in {408, 429} or status >= 500
    if status == 429 and _QUOTA in _kinds(parsed):
        transient, hint = False, "the account has no credit left; the provider's site says how to add some"
    if code == "AF4021":
        # Requests carry the key and the conversation: they go where the user said and nowhere else.
        what = f"redirects to another address (status {status})"
        hint = "write the address it redirects to as `base_url`"
    return RequestFailed(
        code,
        what,
        hint,
        transient=transient,
        status=status,
        retry_after=retry_after(headers),
        request_id=request_id(headers),
    )


def from_error_object(reply: dict[str, Any], headers: Mapping[str, str], endpoint: Endpoint) -> RequestFailed:
    """The failure of a reply with status 200 whose body, or an event of its stream, is an error."""
    said = provider_message(reply, b"", "", endpoint) or "no message"
    error = reply.get("error")
    code = error.get("code") if isinstance(error, dict) else None
    status = code if isinstance(code, int) else 0
    return RequestFailed(
        "AF4022",
        f"reported an error inside its reply: {said}",
        "the provider's message says why",
        transient=status in {408, 429} or 500 <= status < 600,
        request_id=request_id(headers),
    )


def provider_message(parsed: Any, body: bytes, content_type: str, endpoint: Endpoint) -> str:
    """The provider's own words in an error, secrets masked, on one line, at most 500 characters."""
    said = _said(parsed)
    if said is None and parsed is None and "html" not in content_type:
        said = body.decode("utf-8", "replace")
    text = endpoint.masked(_BLANKS.sub(" ", said or "").strip())
    return text if len(text) <= LONGEST_MESSAGE else text[: LONGEST_MESSAGE - 1] + "…"


def request_id(headers: Mapping[str, str]) -> str | None:
    """The provider's id of a request, under any of the usual names."""
    found = next((headers[name] for name in _REQUEST_IDS if name in headers), None)
    return found[:200] if found else None


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that a `Retry-After` header (RFC 9110 section 10.2.3: seconds or a date) asks to wait."""
    asked = headers.get("retry-after")
    if asked is None:
        return None
    try:
        seconds = float(asked)
    except ValueError:
        then, now = _date(asked), _date(headers.get("date", "")) or datetime.now(UTC)
        seconds = (then - now).total_seconds() if then else float("nan")
    if seconds != seconds:  # not a number: the header says nothing
        return None
    return max(0.0, seconds)


def _date(text: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(text)
    except ValueError:
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)


def _code_of(status: int) -> str:
    if status >= 500:
        return "AF4016"
    if status < 400:
        return "AF4021"
    return {401: "AF4012", 403: "AF4012", 404: "AF4013", 408: "AF4011", 429: "AF4014"}.get(status, "AF4015")


def _parsed(body: bytes) -> Any:
    try:
        return from_json(body)
    except ValueError:
        return None


def _kinds(parsed: Any) -> set[Any]:
    error = parsed.get("error") if isinstance(parsed, dict) else None
    if not isinstance(error, dict):
        return set()
    return {v for v in (error.get("code"), error.get("type")) if isinstance(v, str)}


def _said(parsed: Any) -> str | None:
    """The message in an error body; providers write it in a handful of shapes."""
    if isinstance(parsed, str):
        return parsed
    if isinstance(parsed, list):
        return next((said for said in map(_said, parsed) if said), None)
    if not isinstance(parsed, dict):
        return None
    for key in ("error", "message", "detail", "msg"):
        said = _said(parsed.get(key))
        if said:
            return said
    return None
