"""Which failed request is worth another one, and when it is sent.

| what happened | sent again | why |
|---|---|---|
| no connection: refused, unreachable, no such host, no answer to connect in 10 s | yes | nothing was processed |
| certificate not trusted, server does not speak TLS | no | the same the next time |
| time-out before the reply began | yes, within the deadline | mostly a hung connection |
| time-out while the reply was arriving | no | the reply is longer than the time allowed |
| connection closed or reset before or within the reply, stream without an end | yes | half a reply is none |
| 408, 5xx | yes | the server says so |
| 429 | yes, after `Retry-After` when it is given | likewise |
| 429 with `insufficient_quota` | no | waiting does not bring money |
| `Retry-After` of more than 60 s, or past the deadline | no | the caller can wait better than a call |
| 409 and every other 4xx, 3xx | no | the same the next time |
| 200 that is not JSON, of another content type, or without choices | no | a wrong address, or a paid reply |
| 200 with an error inside: its `code` is 408, 429 or 5xx | yes | as the status would |
| 200 with another error inside | no | as the status would |

No request starts later than `deadline_s` after the first. Between two requests passes a random time
around 0.5, 1, 2 ... s, or what `Retry-After` says where that is longer.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agentforge_core.boundary.effects import ModelReply
from agentforge_core.gateway.openai_compatible.failures import RequestFailed

if TYPE_CHECKING:
    from tenacity import RetryCallState

LONGEST_WAIT_S = 60.0
"""A provider that asks for a longer pause is not waited for."""

_LONGEST_BACKOFF_S = 8.0


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often and how patiently a request is repeated.

    Attributes:
        attempts: most requests for one call, the first included.
        backoff_s: pause after the first failure in seconds; doubled after each, up to 8 s, and jittered
            by as much again as `backoff_s`.
        deadline_s: seconds after which no further request starts.
    """

    attempts: int = 3
    backoff_s: float = 0.5
    deadline_s: float = 600.0


async def send_again(
    policy: RetryPolicy,
    first: RequestFailed,
    began: float,
    send: Callable[[int], Awaitable[ModelReply]],
) -> ModelReply:
    """Repeat a request that has failed once with `first`, as far as `policy` allows.

    tenacity is imported here because most calls succeed at once and need none of it.

    Args:
        policy: how often and how patiently.
        first: how the first request failed.
        began: `time.monotonic()` when it started.
        send: sends the request with the number given.

    Raises:
        RequestFailed: the failure that was not worth another request, or was the last.
    """
    from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt, wait_exponential, wait_random

    doubled = wait_exponential(multiplier=policy.backoff_s, max=_LONGEST_BACKOFF_S)
    backoff = doubled + wait_random(0, policy.backoff_s)

    def worth_it(failure: BaseException) -> bool:
        return isinstance(failure, RequestFailed) and _is_worth_it(failure, policy, began)

    def pause(state: RetryCallState) -> float:
        failure = state.outcome.exception() if state.outcome else None
        asked = failure.retry_after if isinstance(failure, RequestFailed) else None
        return max(backoff(state), asked or 0.0)

    retrying = AsyncRetrying(
        stop=stop_after_attempt(policy.attempts),
        wait=pause,
        retry=retry_if_exception(worth_it),
        reraise=True,
    )
    number = 0

    async def attempt() -> ModelReply:
        nonlocal number
        number += 1
        if number == 1:
            raise first
        return await send(number)

    return await retrying(attempt)


def _is_worth_it(failure: RequestFailed, policy: RetryPolicy, began: float) -> bool:
    asked = failure.retry_after or 0.0
    if not failure.transient or asked > LONGEST_WAIT_S:
        return False
    return time.monotonic() - began + max(asked, policy.backoff_s) < policy.deadline_s
