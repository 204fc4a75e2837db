"""The scripted server: its protocol, its meter, and its process."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys

import aiohttp
import pytest

from agentforge_core.errors import DocumentError, ModelError
from agentforge_core.gateway.scripted.faults import Fault, parse_fault
from agentforge_core.gateway.scripted.server import ScriptedServer

SAYS = {"replies": [{"text": "hi {{user}}"}]}
ASK = {"model": "any", "messages": [{"role": "user", "content": [{"type": "text", "text": "you"}]}]}


async def post(url, body):
    async with aiohttp.ClientSession() as session, session.post(url, data=json.dumps(body)) as response:
        return response.status, await response.text()


async def test_a_completion_has_the_documented_shape():
    async with ScriptedServer(SAYS) as server:
        status, text = await post(f"{server.base_url}/chat/completions", ASK)
    assert status == 200
    assert json.loads(text) == {
        "id": "chatcmpl-scripted",
        "created": 0,
        "object": "chat.completion",
        "model": "any",
        "choices": [
            {"index": 0, "message": {"role": "assistant", "content": "hi you"}, "finish_reason": "stop"}
        ],
        "usage": {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3},
    }


@pytest.mark.parametrize("with_usage", [True, False])
async def test_a_stream_has_the_documented_shape(with_usage):
    options = {"stream": True, "stream_options": {"include_usage": with_usage}}
    async with ScriptedServer(SAYS) as server:
        _, text = await post(f"{server.base_url}/chat/completions", {**ASK, **options})
    *events, end, rest = text.split("\n\n")
    assert (end, rest) == ("data: [DONE]", "")
    chunks = [json.loads(e.removeprefix("data: ")) for e in events]
    assert {c["object"] for c in chunks} == {"chat.completion.chunk"}
    assert chunks[0]["choices"][0]["delta"]["role"] == "assistant"
    assert [c.get("usage") for c in chunks][-1] == (
        {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3} if with_usage else None
    )


@pytest.mark.parametrize("body", ["nonsense", {}, {"messages": 5}, {"messages": [{}]}, [1]])
async def test_nonsense_is_answered_with_status_400(body):
    async with ScriptedServer(SAYS) as server:
        status, text = await post(f"{server.base_url}/chat/completions", body)
    assert status == 400
    assert json.loads(text)["error"]["type"] == "invalid_request_error"


async def test_past_the_end_of_the_script_is_no_reason_to_ask_again(router_for, ask):
    from agentforge_core.boundary.messages import Message

    async with ScriptedServer(SAYS) as server:
        with pytest.raises(ModelError, match="no reply for turn 2"):
            await router_for(server.base_url).answer(ask(Message("user", "x"), Message("assistant", "y")))
        assert server.meter.count == 1


async def test_models_and_unknown_paths():
    async with ScriptedServer(SAYS) as server, aiohttp.ClientSession() as session:
        async with session.get(f"{server.base_url}/models") as response:
            assert (await response.json())["data"][0]["id"] == "scripted"
        async with session.get(f"{server.base_url}/nothing") as response:
            assert response.status == 404


async def test_the_meter_keeps_requests_and_the_peak(router_for, ask):
    async with ScriptedServer(SAYS, latency_s=0.2, keep=2) as server:
        router = router_for(server.base_url)
        await asyncio.gather(*(router.answer(ask()) for _ in range(5)))
        meter = server.meter
        assert (meter.count, meter.peak_in_flight, meter.in_flight) == (5, 5, 0)
        assert [r.number for r in meter.requests] == [4, 5]
        assert meter.requests[0].headers["content-type"] == "application/json"
        _, text = await post(f"{server.base_url}/../meter/reset", {})
        assert json.loads(text) == {"count": 0, "in_flight": 0, "peak_in_flight": 0}
        assert not meter.requests


@pytest.mark.parametrize(
    ("text", "number", "fault"),
    [
        ("1:close", 1, Fault("close")),
        ("12:status=404", 12, Fault("status", 404)),
        ("2:status", 2, Fault("status", 500)),
        (
            "3:status=429;retry-after=2;x-a=b=c",
            3,
            Fault("status", 429, headers={"retry-after": "2", "x-a": "b=c"}),
        ),
        ("4:slow-body=0.5", 4, Fault("slow-body", seconds=0.5)),
    ],
)
def test_faults_are_spelled(text, number, fault):
    assert parse_fault(text) == (number, fault)


@pytest.mark.parametrize("text", ["", "close", "x:close", "1:explode", "1:slow-body=soon", "1:status=teapot"])
def test_what_is_no_fault_is_refused(text):
    with pytest.raises(ValueError, match=r"fault|convert|literal"):
        parse_fault(text)


def test_bad_scripts_are_refused():
    with pytest.raises(DocumentError):
        ScriptedServer({"replies": [{"txt": "x"}]})


COMMAND = [sys.executable, "-m", "agentforge_core.gateway.scripted"]


@pytest.mark.slow
@pytest.mark.parametrize("name", [signal.SIGTERM, signal.SIGINT])
def test_as_a_process_it_prints_its_address_serves_and_ends(tmp_path, router_for, ask, name):
    script = tmp_path / "script.yaml"
    script.write_text("replies: [{text: hi}]")
    command = [*COMMAND, str(script), "--latency", "20", "--fault", "1:status=503;retry-after=0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        base_url = process.stdout.readline().strip()
        reply = asyncio.run(router_for(base_url).answer(ask()))
        assert (reply.text, reply.attempts) == ("hi", 2)
        process.send_signal(name)
        out, err = process.communicate(timeout=10)
    assert (process.returncode, out, err) == (0, "", "")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["none.yaml"], 4, "none.yaml"),
        (["{}", "--fault", "nonsense"], 2, "is not a fault"),
    ],
)
def test_as_a_process_it_says_what_is_wrong(tmp_path, arguments, code, said):
    script = tmp_path / "script.yaml"
    script.write_text("replies: [{text: hi}]")
    command = [*COMMAND, *(a.format(script) for a in arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30)
    assert done.returncode == code
    assert said in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow
async def test_as_a_process_it_says_when_the_port_is_taken(tmp_path):
    script = tmp_path / "script.yaml"
    script.write_text("replies: [{text: hi}]")
    async with ScriptedServer(SAYS) as server:
        port = server.base_url.rsplit(":", 1)[1].split("/")[0]
        done = await asyncio.to_thread(
            subprocess.run,
            [*COMMAND, str(script), "--port", port],
            capture_output=True,
            text=True,
            timeout=30,
        )
    assert done.returncode == 2
    assert f"port {port}" in done.stderr
