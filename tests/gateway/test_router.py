"""Which client answers for which model, and what can be said before any call."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from agentforge_core.boundary.effects import ModelCall
from agentforge_core.boundary.messages import Message
from agentforge_core.errors import DocumentError, ForgeError, NotFoundError, UnsupportedError
from agentforge_core.gateway import ModelRouter
from agentforge_core.gateway.scripted.server import ScriptedServer
from agentforge_core.ir import Model

SAYS = {"rules": [{"reply": {"text": "hi"}}]}


def router(folder: Path | None = None, **fields: object) -> ModelRouter:
    return ModelRouter({"m": Model.model_validate({"name": "m", **fields})}, folder)


@pytest.mark.parametrize(
    ("fields", "code", "kind", "said"),
    [
        ({"model": "openai/gpt-5"}, "AF4001", DocumentError, "OPENAI_API_KEY"),
        ({"model": "openai/gpt-5", "api_key_env": "MY_KEY"}, "AF4001", DocumentError, "MY_KEY"),
        (
            {"model": "x/y", "base_url": "http://h/v1", "api_key_env": "MY_KEY"},
            "AF4001",
            DocumentError,
            "MY_KEY",
        ),
        ({"model": "anthropic/claude"}, "AF4002", UnsupportedError, "anthropic"),
        ({"model": "gpt-5"}, "AF4002", UnsupportedError, "openai/gpt-5"),
        ({"model": "openai/x", "base_url": "localhost:8000"}, "AF4003", DocumentError, "localhost:8000"),
        ({"model": "openai/x", "base_url": "http://h:port/v1"}, "AF4003", DocumentError, "h:port"),
        ({"model": "openai/x", "base_url": "ftp://h/v1"}, "AF4003", DocumentError, "ftp"),
        (
            {"model": "openai/x", "base_url": "http://h", "extra": {"messages": []}},
            "AF4004",
            DocumentError,
            "messages",
        ),
        ({"model": "offline/poet"}, "AF4005", DocumentError, "poet"),
        ({"model": "scripted/none.yaml"}, "AF4006", DocumentError, "none.yaml"),
        ({"model": "openai/x", "base_url": {"env": "NO_SUCH"}}, "AF4007", DocumentError, "NO_SUCH"),
        (
            {"model": "openai/x", "base_url": "http://h", "extra": {"a": [{"env": "NO_SUCH"}]}},
            "AF4007",
            DocumentError,
            "NO_SUCH",
        ),
        ({"model": {"env": "NO_SUCH"}}, "AF4007", DocumentError, "NO_SUCH"),
    ],
)
async def test_what_cannot_be_called_is_said_before_any_call(monkeypatch, tmp_path, fields, code, kind, said):
    for name in ("OPENAI_API_KEY", "MY_KEY", "NO_SUCH"):
        monkeypatch.delenv(name, raising=False)
    subject = router(tmp_path, **fields)
    found = subject.check("m")
    assert found is not None
    assert found.code == code
    assert said in found.render()
    assert found.path is not None
    assert found.path.startswith("models.m")
    assert found.hint
    with pytest.raises(kind) as raised:
        await subject.answer(ModelCall("m", (Message("user", "hi"),)))
    assert raised.value.code == code


def test_an_unset_key_points_to_the_offline_model(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "  ")
    found = router(model="openai/gpt-5").check("m")
    assert found is not None
    assert "--model offline/rules" in (found.hint or "")
    monkeypatch.setenv("OPENAI_API_KEY", "k")
    assert router(model="openai/gpt-5").check("m") is None


def test_a_key_that_no_header_can_carry_is_refused_and_not_shown(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "geheim\nX-Evil: 1")
    found = router(model="openai/gpt-5").check("m")
    assert found is not None
    assert found.code == "AF4001"
    assert "geheim" not in found.render()


def test_an_address_from_the_environment_and_its_password_are_not_shown(monkeypatch):
    monkeypatch.setenv("PLACE", "user:hunter22@nowhere")
    assert "hunter22" not in str(router(model="openai/x", base_url={"env": "PLACE"}).check("m"))
    assert "hunter22" not in str(router(model="openai/x", base_url="ftp://user:hunter22@nowhere").check("m"))


async def test_a_name_that_is_no_model_is_not_found():
    subject = router(model="offline/rules")
    found = subject.check("n")
    assert found is not None
    assert found.code == "AF4008"
    with pytest.raises(NotFoundError):
        await subject.answer(ModelCall("n", ()))


async def test_the_offline_model_answers_for_nothing(heard):
    reply = await router(model="offline/rules").answer(ModelCall("m", (Message("user", "hello"),)), heard)
    assert reply.cost_usd == 0.0
    assert heard.text == reply.text != ""
    assert heard.attempts == [1]


async def test_any_provider_with_a_base_url_is_called_directly():
    async with ScriptedServer(SAYS) as server:
        for name in ("openai/qwen/qwen3", "anthropic/qwen/qwen3", "scripted/qwen/qwen3"):
            subject = router(model=name, base_url=server.base_url)
            assert subject.check("m") is None
            reply = await subject.answer(ModelCall("m", (Message("user", "hi"),)))
            assert reply.text == "hi"
            assert reply.cost_usd is None
            assert server.meter.requests[-1].json["model"] == "qwen/qwen3"


async def test_everything_but_the_mapping_is_read_from_the_environment_when_needed(monkeypatch):
    async with ScriptedServer(SAYS) as server:
        monkeypatch.setenv("PLACE", server.base_url)
        monkeypatch.setenv("NAME", "some/model")
        monkeypatch.setenv("EFFORT", "low")
        subject = router(
            model={"env": "NAME"},
            base_url={"env": "PLACE"},
            extra={"reasoning": {"effort": {"env": "EFFORT"}}},
        )
        await subject.answer(ModelCall("m", (Message("user", "hi"),)))
    body = server.meter.requests[0].json
    assert (body["model"], body["reasoning"]) == ("model", {"effort": "low"})


@pytest.mark.parametrize(
    ("base", "path"),
    [
        ("{}", "/v1/chat/completions"),
        ("{}/", "/v1/chat/completions"),
        ("{}/../proxy/openai/v1", "/proxy/openai/v1/chat/completions"),
        ("{}/a%2Fb?version=2&key=k%20k", "/v1/a%2Fb/chat/completions?version=2&key=k%20k"),
    ],
)
async def test_path_and_query_of_the_base_url_are_kept(base, path):
    async with ScriptedServer(SAYS) as server:
        subject = router(model="openai/x", base_url=base.format(server.base_url))
        await subject.answer(ModelCall("m", (Message("user", "hi"),)))
        assert server.meter.requests[0].path == path


@pytest.mark.parametrize(
    ("fields", "sent"),
    [
        ({}, None),
        ({"api_key_env": "MY_KEY"}, "Bearer mine"),
    ],
)
async def test_a_key_goes_only_where_it_was_named(monkeypatch, fields, sent):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-openai")
    monkeypatch.setenv("MY_KEY", "mine\n")
    async with ScriptedServer(SAYS) as server:
        subject = router(model="openai/x", base_url=server.base_url, **fields)
        await subject.answer(ModelCall("m", (Message("user", "hi"),)))
        assert server.meter.requests[0].headers.get("authorization") == sent


async def test_credentials_in_the_address_become_a_header():
    async with ScriptedServer(SAYS) as server:
        base_url = server.base_url.replace("http://", "http://me:p%40ss@")
        await router(model="openai/x", base_url=base_url).answer(ModelCall("m", (Message("user", "hi"),)))
        assert server.meter.requests[0].headers["authorization"] == "Basic bWU6cEBzcw=="


async def test_a_proxy_is_used_for_other_hosts_and_never_for_this_machine(monkeypatch):
    async with ScriptedServer(SAYS) as proxy, ScriptedServer(SAYS) as server:
        monkeypatch.setenv("http_proxy", proxy.base_url.removesuffix("/v1"))
        monkeypatch.delenv("no_proxy", raising=False)
        await router(model="openai/x", base_url=server.base_url).answer(
            ModelCall("m", (Message("user", "a"),))
        )
        assert (proxy.meter.count, server.meter.count) == (0, 1)
        elsewhere = router(model="openai/x", base_url="http://models.invalid/v1")
        await elsewhere.answer(ModelCall("m", (Message("user", "a"),)))
        assert (proxy.meter.count, server.meter.count) == (1, 1)
        assert proxy.meter.requests[0].headers["host"] == "models.invalid"


async def test_a_proxy_that_is_not_http_is_refused_rather_than_passed_by(monkeypatch):
    monkeypatch.setenv("http_proxy", "socks5://127.0.0.1:1")
    monkeypatch.delenv("no_proxy", raising=False)
    with pytest.raises(ForgeError) as raised:
        await router(model="openai/x", base_url="http://models.invalid/v1").answer(ModelCall("m", ()))
    assert raised.value.code == "AF4009"


def test_the_package_loads_no_http_client_before_it_is_needed():
    program = (
        "import sys; from agentforge_core.gateway import ModelRouter; from agentforge_core.ir import Model;"
        "r = ModelRouter({'m': Model(name='m', model='offline/rules')}, None); assert r.check('m') is None;"
        "print([m for m in ('aiohttp', 'tenacity', 'agentforge_core.gateway.offline') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
