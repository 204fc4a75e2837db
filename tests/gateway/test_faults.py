"""One table of what servers do wrong: what the caller sees, and how many requests it took."""

from __future__ import annotations

import asyncio
import socket
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from agentforge_core.errors import ModelError
from agentforge_core.gateway.scripted.faults import Fault, parse_fault
from agentforge_core.gateway.scripted.server import ScriptedServer

SAYS = {
    "rules": [
        {"when": {"user": "tool"}, "reply": {"tool_calls": [{"name": "add", "arguments": {"a": 12345}}]}},
        {"reply": {"text": "a reply of several words"}},
    ]
}

FAULTS = [
    # fault of every request, code, status, requests sent, transient
    ("status=400", "AF4015", 400, 1, False),
    ("status=401", "AF4012", 401, 1, False),
    ("status=403", "AF4012", 403, 1, False),
    ("status=404", "AF4013", 404, 1, False),
    ("status=408", "AF4011", 408, 3, True),
    ("status=409", "AF4015", 409, 1, False),
    ("status=413", "AF4015", 413, 1, False),
    ("status=422", "AF4015", 422, 1, False),
    ("status=425", "AF4015", 425, 1, False),
    ("status=429", "AF4014", 429, 3, True),
    ("status=429;retry-after=0", "AF4014", 429, 3, True),
    ("status=429;retry-after=61", "AF4014", 429, 1, True),
    ("status=429;retry-after=nonsense", "AF4014", 429, 3, True),
    ("status=500", "AF4016", 500, 3, True),
    ("status=502", "AF4016", 502, 3, True),
    ("status=503;retry-after=3600", "AF4016", 503, 1, True),
    ("status=529", "AF4016", 529, 3, True),
    ("status=302;location=http://127.0.0.1:9/v1", "AF4021", 302, 1, False),
    ("status=307;location=http://127.0.0.1:9/v1", "AF4021", 307, 1, False),
    ("close", "AF4017", None, 3, True),
    ("close-mid-body", "AF4017", None, 3, True),
    ("reset-mid-body", "AF4017", None, 3, True),
    ("slow-headers=30", "AF4011", None, 3, True),
    ("slow-body=30", "AF4011", None, 1, False),
    ("invalid-json", "AF4018", 200, 1, False),
    ("content-type", "AF4019", 200, 1, False),
    ("no-choices", "AF4020", 200, 1, False),
]


@pytest.mark.parametrize("streamed", [False, True], ids=["plain", "streamed"])
@pytest.mark.parametrize(
    ("fault", "code", "status", "requests", "transient"), FAULTS, ids=[f[0] for f in FAULTS]
)
async def test_faults(router_for, ask, heard, fault, code, status, requests, transient, streamed):
    faults = dict(parse_fault(f"{number}:{fault}") for number in range(1, 5))
    async with ScriptedServer(SAYS, faults=faults) as server:
        router = router_for(server.base_url, timeout_s=0.15 if fault.startswith("slow") else 60)
        with pytest.raises(ModelError) as raised:
            await router.answer(ask(), heard if streamed else None)
        assert server.meter.count == requests
    error = raised.value
    assert (error.code, error.transient) == (code, transient)
    if status is not None and not (streamed and status == 200):
        assert error.status_code == status
    shown = str(error)
    assert "openai/tester" in shown
    assert server.base_url.removeprefix("http://") + "/chat/completions" in shown
    assert f"{requests} request{'s' if requests > 1 else ''} sent" in shown
    assert error.first.path == "models.m"
    assert error.first.hint
    if streamed:
        assert heard.attempts == list(range(1, requests + 1))


@pytest.mark.parametrize("streamed", [False, True], ids=["plain", "streamed"])
@pytest.mark.parametrize(
    "fault",
    [
        "status=408",
        "status=429",
        "status=503",
        "close",
        "close-mid-body",
        "reset-mid-body",
        "slow-headers=30",
    ],
)
async def test_what_passes_is_passed(router_for, ask, heard, fault, streamed):
    faults = dict(parse_fault(f"{number}:{fault}") for number in (1, 2))
    async with ScriptedServer(SAYS, faults=faults) as server:
        router = router_for(server.base_url, timeout_s=0.3 if fault.startswith("slow") else 60)
        reply = await router.answer(ask(), heard if streamed else None)
    assert (reply.text, reply.attempts, server.meter.count) == ("a reply of several words", 3, 3)
    if streamed:
        assert heard.text == reply.text


async def test_a_slow_server_within_the_time_is_waited_for(router_for, ask):
    faults = {1: Fault("slow-headers", seconds=0.05), 2: Fault("slow-body", seconds=0.05)}
    async with ScriptedServer(SAYS, faults=faults) as server:
        router = router_for(server.base_url)
        for _ in range(2):
            assert (await router.answer(ask())).attempts == 1


async def test_odd_replies_are_data_not_errors(router_for, ask, heard):
    from agentforge_core.boundary.messages import Message

    faults = dict(
        parse_fault(f) for f in ("1:finish-reason", "2:truncated-arguments", "3:truncated-arguments")
    )
    async with ScriptedServer(SAYS, faults=faults) as server:
        router = router_for(server.base_url)
        assert (await router.answer(ask())).finish_reason == "other"
        for listener in (None, heard):
            (request,) = (await router.answer(ask(Message("user", "tool")), listener)).tool_calls
            assert request.malformed
            assert '{"a": 12345}'.startswith(request.malformed)


@pytest.mark.parametrize("asked", [0.2, "date"])
async def test_retry_after_is_waited_for(router_for, ask, asked):
    headers = {"retry-after": str(asked)}
    if asked == "date":
        now = datetime.now(UTC).replace(microsecond=0)
        # The server's own clock counts, whatever it shows.
        headers = {
            "date": format_datetime(now + timedelta(hours=5), usegmt=True),
            "retry-after": format_datetime(now + timedelta(hours=5, seconds=1), usegmt=True),
        }
    faults = {1: Fault("status", status=429, headers=headers)}
    async with ScriptedServer(SAYS, faults=faults) as server:
        began = time.monotonic()
        reply = await router_for(server.base_url).answer(ask())
    assert reply.attempts == 2
    assert time.monotonic() - began >= (1.0 if asked == "date" else 0.2)


@pytest.mark.parametrize("asked", ["61", "3600.5", "Fri, 31 Dec 2100 23:59:59 GMT"])
async def test_a_long_retry_after_is_told_not_waited_for(router_for, ask, asked):
    faults = {1: Fault("status", status=429, headers={"retry-after": asked})}
    async with ScriptedServer(SAYS, faults=faults) as server:
        with pytest.raises(ModelError) as raised:
            await router_for(server.base_url).answer(ask())
    assert raised.value.retry_after is not None
    assert raised.value.retry_after > 60
    assert f"{raised.value.retry_after:.0f} s" in str(raised.value)


async def test_no_money_left_is_not_asked_again(router_for, ask):
    body = b'{"error": {"message": "You exceeded your current quota.", "code": "insufficient_quota"}}'
    faults = {1: Fault("status", status=429, body=body)}
    async with ScriptedServer(SAYS, faults=faults) as server:
        with pytest.raises(ModelError, match="exceeded your current quota") as raised:
            await router_for(server.base_url).answer(ask())
        assert server.meter.count == 1
    assert not raised.value.transient


@pytest.mark.parametrize(("code", "requests"), [(429, 3), (503, 3), (400, 1), ("bad", 1), (None, 1)])
@pytest.mark.parametrize("streamed", [False, True], ids=["plain", "streamed"])
async def test_an_error_inside_a_reply_counts_as_its_status_would(
    raw, http, router_for, ask, heard, code, requests, streamed
):
    import json

    body = json.dumps({"error": {"message": "upstream is ill", "code": code}}).encode()
    answer = http(b"data: " + body + b"\n\n", "text/event-stream") if streamed else http(body)
    server = await raw([answer])
    with pytest.raises(ModelError, match="upstream is ill") as raised:
        await router_for(server.base_url).answer(ask(), heard if streamed else None)
    assert raised.value.code == "AF4022"
    assert len(server.requests) == requests


async def test_nothing_starts_after_the_deadline(router_for, ask):
    faults = {n: Fault("status", status=503, headers={"retry-after": "2"}) for n in (1, 2, 3)}
    async with ScriptedServer(SAYS, faults=faults) as server:
        began = time.monotonic()
        with pytest.raises(ModelError):
            await router_for(server.base_url, deadline_s=1).answer(ask())
        assert server.meter.count == 1
    assert time.monotonic() - began < 1


async def test_a_refused_connection(router_for, ask, heard):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        router = router_for(f"http://127.0.0.1:{taken.getsockname()[1]}/v1")
        with pytest.raises(ModelError) as raised:
            await router.answer(ask(), heard)
    assert raised.value.code == "AF4010"
    assert raised.value.transient
    assert heard.attempts == [1, 2, 3]
    assert "refused" in str(raised.value)


async def test_a_host_that_does_not_exist(router_for, ask):
    with pytest.raises(ModelError) as raised:
        await router_for("http://no-such-host.invalid/v1", attempts=1).answer(ask())
    assert raised.value.code == "AF4010"


async def test_a_server_that_speaks_no_tls(router_for, ask):
    async with ScriptedServer(SAYS) as server:
        with pytest.raises(ModelError) as raised:
            await router_for(server.base_url.replace("http:", "https:")).answer(ask())
    assert raised.value.code == "AF4023"
    assert "1 request sent" in str(raised.value)


async def test_a_server_that_speaks_no_http(raw, router_for, ask):
    server = await raw([b"220 mail ready\r\n"])
    with pytest.raises(ModelError) as raised:
        await router_for(server.base_url).answer(ask())
    assert raised.value.code == "AF4018"


@pytest.mark.parametrize(
    ("body", "content_type", "said"),
    [
        (b'{"error": {"message": "No such model."}}', "application/json", "No such model."),
        (b'{"error": "No such model."}', "application/json", "No such model."),
        (b'{"message": "No such\\n  model."}', "application/json", "No such model."),
        (b'{"detail": [{"msg": "No such model.", "loc": []}]}', "application/json", "No such model."),
        (b'[{"error": {"message": "No such model."}}]', "application/json", "No such model."),
        (b"No such model.", "text/plain", "No such model."),
        (b"\xff\xfe No such model.", "text/plain", "No such model."),
        (b"<html><body>No such model.</body></html>", "text/html", None),
        (b"", "application/json", None),
        (b'{"error": {"message": 5}}', "application/json", None),
        (b"[[[[", "text/html", None),
    ],
)
async def test_the_providers_own_words_are_shown(raw, http, router_for, ask, body, content_type, said):
    server = await raw([http(body, content_type, "404 Not Found", X_Request_Id="req-77")])
    with pytest.raises(ModelError) as raised:
        await router_for(server.base_url).answer(ask())
    assert raised.value.request_id == "req-77"
    assert "req-77" in str(raised.value)
    if said is None:
        assert raised.value.first.message.endswith("status 404")
    else:
        assert said in raised.value.first.message


async def test_a_long_message_is_shortened(raw, http, router_for, ask):
    server = await raw([http(b"no " * 100_000, "text/plain", "400 Bad Request")])
    with pytest.raises(ModelError) as raised:
        await router_for(server.base_url).answer(ask())
    assert 500 < len(raised.value.first.message) < 700


@pytest.mark.parametrize(
    "status", ["200 OK", "400 Bad Request", "401 Unauthorized", "500 Oh No", "302 Found"]
)
@pytest.mark.parametrize("shape", ['{{"error": {{"message": "{}"}}}}', '{{"error": "{}"}}', "bad {}"])
async def test_no_secret_is_shown_whatever_the_server_echoes(
    raw, http, router_for, ask, monkeypatch, status, shape
):
    monkeypatch.setenv("MY_KEY", "sk-geheim-0123456789")
    monkeypatch.setenv("ORG", "org-hidden-1")
    echoed = "x" * 485 + " sk-geheim-0123456789 pa55word%21 pa55word! org-hidden-1 q-secret-9"
    for text in (echoed, echoed[480:]):
        server = await raw(
            [http(shape.format(text).encode(), "application/json", status, X_Request_Id=text[-60:])]
        )
        base_url = server.base_url.replace("http://", "http://me:pa55word%21@") + "?token=q-secret-9"
        router = router_for(base_url, api_key_env="MY_KEY", extra={"meta": [{"org": {"env": "ORG"}}]})
        with pytest.raises(ModelError) as raised:
            await router.answer(ask())
        shown = f"{raised.value} {raised.value!r} {raised.value.__cause__} {raised.value.first.to_dict()}"
        for secret in ("geheim", "pa55word", "org-hidden-1", "q-secret-9"):
            assert secret not in shown


async def test_a_call_cancelled_in_its_stream_or_its_pause_leaves_nothing_behind(router_for, ask):
    faults = {
        1: Fault("slow-body", seconds=30),
        2: Fault("status", status=503, headers={"retry-after": "30"}),
    }
    spoken = asyncio.Event()

    class Ear:
        def on_attempt(self, attempt):
            pass

        def on_delta(self, text):
            spoken.set()

    async with ScriptedServer(SAYS, faults=faults) as server:
        router = router_for(server.base_url)
        call = asyncio.create_task(router.answer(ask(), Ear()))
        await spoken.wait()
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(router.answer(ask()), 0.3)
        assert server.meter.count == 2
        assert asyncio.all_tasks() == {asyncio.current_task()} | {
            t for t in asyncio.all_tasks() if "web_protocol" in repr(t)
        }
        assert (await router.answer(ask())).text
