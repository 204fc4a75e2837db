"""Contract, section 3: how a run stops, on frameworks that make it hard."""

from __future__ import annotations

import asyncio
import contextvars
import itertools
import threading

import pytest

from agentforge_core import tool
from agentforge_core.errors import BudgetExceededError, ModelError, RunError


class Stage:
    """Where the framework is told to hang, and what it did after the verdict."""

    def __init__(self, moment: str) -> None:
        self.moment = moment
        self.loop = asyncio.get_running_loop()
        self.there = asyncio.Event()
        self.stopped = False
        self.late: list[str] = []
        self.gate = threading.Event()
        self.count = 0

    def arrive(self) -> None:
        self.loop.call_soon_threadsafe(self.there.set)

    def did(self, what: str) -> None:
        if self.stopped:
            self.late.append(what)

    async def answer(self, call):
        self.count += 1
        self.did("model")
        if self.moment == f"model {self.count}":
            self.arrive()
            await asyncio.Event().wait()
        return self.reply

    async def between(self) -> None:
        if self.moment == "between":
            self.arrive()
            await asyncio.Event().wait()

    def between_blocking(self, cancelled: threading.Event) -> None:
        if self.moment == "between":
            self.arrive()
            cancelled.wait()

    def tools(self):
        @tool(side_effects="none")
        async def quick() -> str:
            self.did("quick")
            return "quick"

        @tool(side_effects="none")
        async def slow() -> str:
            self.did("slow")
            if self.moment in ("tool", "tool with sibling"):
                if self.moment == "tool":
                    self.arrive()
                await asyncio.Event().wait()
            return "slow"

        @tool(side_effects="none")
        def blocking() -> str:
            self.did("blocking")
            if self.moment in ("thread", "tool with sibling"):
                self.arrive()
                self.gate.wait()
            return "blocking"

        return [quick, slow, blocking]


def conversation(toys, reply, results, messages):
    messages.append(reply.as_message())
    messages += [
        toys.Message("tool", r.content, tool_call_id=q.id)
        for q, r in zip(reply.tool_calls, results, strict=True)
    ]


async def loop_of(toys, stage, model, call_tool):
    """A tool loop as most frameworks have it."""
    messages = [toys.Message("user", "go")]
    while True:
        reply = await model(toys.ModelCall("toy", tuple(messages)))
        if not reply.tool_calls:
            return reply.text
        results = await asyncio.gather(
            *(call_tool(toys.ToolCall(q.name, q.arguments, q.id)) for q in reply.tool_calls)
        )
        conversation(toys, reply, results, messages)
        await stage.between()


def plain(toys, stage):
    return lambda host: loop_of(toys, stage, host.model, host.tool)


def swallowing(toys, stage):
    """Catches the cancel once and goes on as if nothing were."""

    async def framework(host):
        try:
            return await loop_of(toys, stage, host.model, host.tool)
        except asyncio.CancelledError:
            return await loop_of(toys, stage, host.model, host.tool)

    return framework


def retrying(toys, stage, times=3):
    """Tries each model call again on any exception, the cancel too the first time."""

    async def framework(host):
        async def model(call):
            for attempt in itertools.count():
                try:
                    return await host.model(call)
                except asyncio.CancelledError:
                    if attempt:
                        raise
                except Exception:
                    if attempt == times:
                        raise
            return None

        return await loop_of(toys, stage, model, host.tool)

    return framework


def retrying_for_ever(toys, stage):
    return retrying(toys, stage, times=-1)


def blocking_loop(toys, stage, host, cancelled):
    messages = [toys.Message("user", "go")]
    while True:
        reply = host.blocking.model(toys.ModelCall("toy", tuple(messages)))
        if not reply.tool_calls:
            return reply.text
        results = [None] * len(reply.tool_calls)

        def one(i, request, results=results):
            results[i] = host.blocking.tool(toys.ToolCall(request.name, request.arguments, request.id))

        workers = [
            threading.Thread(target=one, args=(i, q), name=f"toy-{i}") for i, q in enumerate(reply.tool_calls)
        ]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        conversation(toys, reply, results, messages)
        stage.between_blocking(cancelled)


async def in_thread(function, cancelled):
    """Runs `function` in a thread and waits for it even when cancelled: an adapter's duty."""
    done = asyncio.get_running_loop().create_future()
    loop = asyncio.get_running_loop()
    context = contextvars.copy_context()

    def work():
        try:
            outcome = (context.run(function), None)
        except BaseException as error:  # noqa: BLE001 - whatever it is goes to the loop
            outcome = (None, error)
        loop.call_soon_threadsafe(lambda: done.done() or done.set_result(outcome))

    threading.Thread(target=work, name="toy-loop").start()
    try:
        result, error = await asyncio.shield(done)
    except asyncio.CancelledError:
        cancelled.set()
        await done
        raise
    if error is not None:
        raise error
    return result


def threaded(toys, stage):
    async def framework(host):
        cancelled = threading.Event()
        return await in_thread(lambda: blocking_loop(toys, stage, host, cancelled), cancelled)

    return framework


def foreign_loop(toys, stage):
    """Runs its own event loop in a thread and awaits the host from there."""

    async def framework(host):
        cancelled = threading.Event()

        async def between():
            if stage.moment == "between":
                stage.arrive()
                await asyncio.get_running_loop().run_in_executor(None, cancelled.wait)

        class Elsewhere:
            pass

        elsewhere = Elsewhere()
        elsewhere.between = between
        return await in_thread(
            lambda: asyncio.run(loop_of(toys, elsewhere, host.model, host.tool)), cancelled
        )

    return framework


def siblings(toys, stage):
    """Does everything in tasks of its own, of which it awaits only the last."""

    async def framework(host):
        async def model(call):
            return await asyncio.create_task(host.model(call))

        async def call_tool(call):
            return await asyncio.create_task(host.tool(call))

        task = asyncio.create_task(loop_of(toys, stage, model, call_tool))
        return await task

    return framework


FRAMEWORKS = [plain, swallowing, retrying, threaded, foreign_loop, siblings]
MOMENTS = ["model 1", "model 2", "tool", "thread", "tool with sibling", "between"]


CASES = [
    pytest.param(framework, moment, id=f"{framework.__name__}-{moment}")
    for framework in FRAMEWORKS
    for moment in MOMENTS
    # it would ignore the cancel without calling the host: see the test of frameworks that do
    if (framework, moment) != (swallowing, "between")
]


@pytest.mark.parametrize(("framework", "moment"), CASES)
@pytest.mark.parametrize("how", ["stop", "cancel", "both", "cancel first"])
async def test_a_stop_ends_everything(toys, clean, framework, moment, how):
    stage = Stage(moment)
    stage.reply = toys.asks(("quick", {}), ("slow", {}, "c1"), ("blocking", {}, "c2"))
    rig = toys.Rig(toys.Models(stage.answer), stage.tools())
    before = asyncio.all_tasks()
    run = rig.start(framework(toys, stage))
    await stage.there.wait()
    stage.stopped = True
    verdict = BudgetExceededError.of("AF5001", "enough")
    if how in ("stop", "both"):
        rig.run.stop(verdict)
    if how != "stop":
        run.cancel()
    if how == "cancel first":
        rig.run.stop(verdict)
    started = asyncio.get_running_loop().time()
    with pytest.raises((BudgetExceededError, asyncio.CancelledError)) as caught:
        await run
    took = asyncio.get_running_loop().time() - started
    stage.gate.set()
    assert caught.type is (BudgetExceededError if how == "stop" else asyncio.CancelledError)
    assert stage.late == []
    assert took < 0.9
    assert asyncio.all_tasks() == before
    calls = len(rig.models.calls)
    await asyncio.sleep(0)
    assert len(rig.models.calls) == calls
    assert not rig.run.drives


async def test_a_framework_that_ignores_the_cancel_is_left_after_a_second(toys, caplog):
    there = asyncio.Event()
    ended = asyncio.Event()

    async def framework(host):
        there.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            try:
                await asyncio.Event().wait()  # deaf
            finally:
                ended.set()

    rig = toys.Rig(toys.Models(toys.says("x")))
    run = rig.start(framework)
    await there.wait()
    clock = asyncio.get_running_loop().time
    started = clock()
    rig.run.stop(BudgetExceededError.of("AF5001", "enough"))
    with pytest.raises(BudgetExceededError):
        await run
    assert 0.9 < clock() - started < 1.6
    (record,) = caplog.records
    assert record.getMessage() == "AF9004 toy 1.0 did not end within 1 s of a stop"
    await asyncio.wait_for(ended.wait(), 1)


async def test_a_framework_that_tries_again_for_ever_does_not_block_the_loop(toys, caplog):
    stage = Stage("model 1")
    rig = toys.Rig(toys.Models(stage.answer))
    before = asyncio.all_tasks()
    run = rig.start(retrying_for_ever(toys, stage))
    await stage.there.wait()
    rig.run.stop(BudgetExceededError.of("AF5001", "enough"))
    with pytest.raises(BudgetExceededError):
        await run
    await asyncio.sleep(0)
    assert asyncio.all_tasks() == before
    assert [r.getMessage()[:6] for r in caplog.records] == ["AF9004"]


async def test_what_is_left_of_a_framework_cannot_reach_the_host_any_more(toys, clean):
    left = []

    async def later(host):
        await asyncio.sleep(0.01)
        while True:
            try:
                left.append(await host.model(toys.ModelCall("toy", ())))
            except Exception:  # noqa: BLE001 - as frameworks do
                left.append("tried again")

    async def framework(host):
        framework.task = asyncio.create_task(later(host))
        return (await host.model(toys.ModelCall("toy", ()))).text

    rig = toys.Rig(toys.Models(toys.says("done")))
    assert await rig.drive_it(framework) == "done"
    with pytest.raises(asyncio.CancelledError):
        await framework.task
    assert left == []
    assert len(rig.models.calls) == 1


async def test_siblings_that_nobody_awaits_are_left_quietly(toys, clean):
    there = asyncio.Event()
    tasks = []

    async def hang(call):
        there.set()
        await asyncio.Event().wait()

    async def framework(host):
        tasks.append(asyncio.create_task(host.model(toys.ModelCall("toy", ()))))
        tasks.append(asyncio.create_task(host.tool(toys.ToolCall("nothing", {}))))
        await asyncio.Event().wait()

    rig = toys.Rig(toys.Models(hang))
    run = rig.start(framework)
    await there.wait()
    rig.run.stop(BudgetExceededError.of("AF5001", "enough"))
    with pytest.raises(BudgetExceededError):
        await run
    await asyncio.wait(tasks)
    tasks.clear()


async def test_an_effect_left_behind_ends_with_the_run(toys, clean):
    cancelled = asyncio.Event()

    async def hang(call):
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.set()
            raise

    async def framework(host):
        task = asyncio.create_task(host.model(toys.ModelCall("toy", ())))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        framework.task = task
        return "done"

    rig = toys.Rig(toys.Models(hang))
    assert await rig.drive_it(framework) == "done"
    assert cancelled.is_set()
    await asyncio.wait([framework.task])
    assert framework.task.cancelled()


@pytest.mark.parametrize("foreign", [False, True])
async def test_a_wrapper_that_the_framework_cancels_ends_its_effect(toys, clean, foreign):
    there, cancelled = asyncio.Event(), asyncio.Event()

    async def hang(call):
        there.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.set()
            raise

    async def impatient(host):
        try:
            async with asyncio.timeout(0.05):
                await host.model(toys.ModelCall("toy", ()))
        except TimeoutError:
            return "gave up"

    async def framework(host):
        if foreign:
            return await in_thread(lambda: asyncio.run(impatient(host)), threading.Event())
        return await impatient(host)

    rig = toys.Rig(toys.Models(hang))
    run = rig.start(framework)
    await there.wait()
    await asyncio.wait_for(cancelled.wait(), 0.5)
    assert await run == "gave up"


async def test_the_verdict_beats_what_the_framework_returns(toys, clean):
    async def fail(call):
        raise ModelError.of("AF4010", "no model")

    async def framework(host):
        try:
            await host.model(toys.ModelCall("toy", ()))
        except BaseException:  # noqa: BLE001 - as frameworks do
            return "all is well"

    rig = toys.Rig(toys.Models(fail))
    with pytest.raises(ModelError, match="no model"):
        await rig.drive_it(framework)


async def test_the_first_verdict_counts(toys, clean):
    there = asyncio.Event()

    async def framework(host):
        there.set()
        await asyncio.Event().wait()

    rig = toys.Rig(toys.Models(toys.says("x")))
    run = rig.start(framework)
    await there.wait()
    rig.run.stop(RunError.of("AF1", "first"))
    rig.run.stop(RunError.of("AF2", "second"))
    with pytest.raises(RunError, match="first"):
        await run


async def test_a_framework_that_raises_is_heard_when_nothing_stopped_it(toys, clean):
    async def framework(host):
        raise LookupError("own fault")

    with pytest.raises(LookupError, match="own fault"):
        await toys.Rig(toys.Models(toys.says("x"))).drive_it(framework)


async def test_a_framework_that_cancels_itself(toys, clean):
    async def framework(host):
        raise asyncio.CancelledError

    with pytest.raises(RunError, match="cancelled its own run"):
        await toys.Rig(toys.Models(toys.says("x"))).drive_it(framework)


async def test_a_framework_that_exits_does_not_end_the_process(toys, clean):
    async def framework(host):
        raise SystemExit(3)

    with pytest.raises(RunError, match="tried to end the process"):
        await toys.Rig(toys.Models(toys.says("x"))).drive_it(framework)


async def test_a_hundred_other_runs_go_on(toys, clean):
    async def one(name):
        async def answer(call):
            await asyncio.sleep(0)
            said = [m for m in call.messages if m.role == "assistant"]
            return toys.says(name) if len(said) == 5 else toys.asks(("quick", {}, f"c{len(said)}"))

        stage = Stage("never")
        return await toys.Rig(toys.Models(answer), stage.tools()).drive_it(plain(toys, stage))

    others = [asyncio.create_task(one(str(i))) for i in range(100)]
    stage = Stage("tool")
    stage.reply = toys.asks(("slow", {}))
    rig = toys.Rig(toys.Models(stage.answer), stage.tools())
    run = rig.start(plain(toys, stage))
    await stage.there.wait()
    rig.run.stop(BudgetExceededError.of("AF5001", "enough"))
    with pytest.raises(BudgetExceededError):
        await run
    assert await asyncio.gather(*others) == [str(i) for i in range(100)]


def once_tool(hits, **settings):
    @tool(**settings)
    async def pay() -> str:
        """Pays."""
        hits.append("started")
        hits.there.set()
        try:
            await hits.gate.wait()
        except asyncio.CancelledError:
            hits.append("cancelled")
            raise
        hits.append("paid")
        return "paid"

    return pay


class Hits(list):
    def __init__(self):
        self.there, self.gate = asyncio.Event(), asyncio.Event()


async def test_side_effects_under_way_are_awaited_under_a_stop(toys, clean):
    hits = Hits()
    stage = Stage("never")
    rig = toys.Rig(toys.Models(toys.asks(("pay", {}))), [once_tool(hits)])
    run = rig.start(plain(toys, stage))
    await hits.there.wait()
    rig.run.stop(BudgetExceededError.of("AF5001", "enough"))
    await asyncio.sleep(0.05)
    assert not run.done()
    hits.gate.set()
    with pytest.raises(BudgetExceededError):
        await run
    assert hits == ["started", "paid"]
    assert [e.type for e in rig.events][-1] == "tool.finished"


async def test_side_effects_under_way_are_awaited_up_to_their_time_out(toys, clean):
    hits = Hits()
    rig = toys.Rig(toys.Models(toys.asks(("pay", {}))), [once_tool(hits, timeout_s=0.15)])
    run = rig.start(plain(toys, Stage("never")))
    await hits.there.wait()
    rig.run.stop(BudgetExceededError.of("AF5001", "enough"))
    clock = asyncio.get_running_loop().time
    started = clock()
    with pytest.raises(BudgetExceededError):
        await run
    assert 0.05 < clock() - started < 0.5
    assert hits == ["started", "cancelled"]


async def test_side_effects_that_never_end_are_left_at_the_bound(toys, clean, monkeypatch):
    monkeypatch.setattr("agentforge_core.runs.perform.PROTECTED_SECONDS", 0.1)
    hits = Hits()
    rig = toys.Rig(toys.Models(toys.asks(("pay", {}))), [once_tool(hits)])
    run = rig.start(plain(toys, Stage("never")))
    await hits.there.wait()
    rig.run.stop(BudgetExceededError.of("AF5001", "enough"))
    with pytest.raises(BudgetExceededError):
        await run
    assert hits == ["started", "cancelled"]


async def test_a_callers_cancel_does_not_wait_for_side_effects(toys, clean):
    hits = Hits()
    rig = toys.Rig(toys.Models(toys.asks(("pay", {}))), [once_tool(hits)])
    run = rig.start(plain(toys, Stage("never")))
    await hits.there.wait()
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run
    assert hits == ["started", "cancelled"]


async def test_a_cancel_while_side_effects_are_awaited_ends_the_wait(toys, clean):
    hits = Hits()
    rig = toys.Rig(toys.Models(toys.asks(("pay", {}))), [once_tool(hits)])
    run = rig.start(plain(toys, Stage("never")))
    await hits.there.wait()
    rig.run.stop(BudgetExceededError.of("AF5001", "enough"))
    await asyncio.sleep(0.05)
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run
    assert hits == ["started", "cancelled"]


async def test_a_retry_does_not_begin_after_the_verdict(toys, clean):
    tries = []
    there, gate = asyncio.Event(), asyncio.Event()

    @tool(on_error="retry")
    async def pay() -> str:
        tries.append(1)
        there.set()
        await gate.wait()
        raise ValueError("declined")

    rig = toys.Rig(toys.Models(toys.asks(("pay", {}))), [pay])
    run = rig.start(plain(toys, Stage("never")))
    await there.wait()
    rig.run.stop(BudgetExceededError.of("AF5001", "enough"))
    await asyncio.sleep(0.01)
    gate.set()
    with pytest.raises(BudgetExceededError):
        await run
    assert tries == [1]


async def test_an_approval_that_swallows_the_cancel_starts_nothing(toys, clean):
    from agentforge_core.boundary.effects import HumanReply

    ran = []
    there = asyncio.Event()

    @tool(approval="always")
    async def pay() -> str:
        ran.append(1)
        return "paid"

    async def approve(question):
        there.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            return HumanReply("approve")

    rig = toys.Rig(toys.Models(toys.asks(("pay", {}))), [pay], approve=approve)
    run = rig.start(plain(toys, Stage("never")))
    await there.wait()
    rig.run.stop(BudgetExceededError.of("AF5001", "enough"))
    with pytest.raises(BudgetExceededError):
        await run
    assert ran == []


async def test_a_blocking_twin_on_the_hosts_loop_is_refused(toys, clean):
    from agentforge_core.errors import AdapterContractError

    async def framework(host):
        return host.blocking.model(toys.ModelCall("toy", ()))

    with pytest.raises(AdapterContractError, match="blocking twin on the host's own event loop"):
        await toys.Rig(toys.Models(toys.says("x"))).drive_it(framework)


async def test_all_twins_and_a_foreign_loop_reach_the_host(toys, clean):
    from agentforge_core.boundary.effects import HumanInput, HumanReply
    from agentforge_core.boundary.port import current_host

    async def approve(question):
        return HumanReply("answer", question.message.upper())

    seen = []

    def twins():
        host = current_host()
        host.note("agent.started", "a")
        seen.append(host.blocking.model(toys.ModelCall("toy", ())).text)
        seen.append(host.blocking.tool(toys.ToolCall("quick", {})).content)
        seen.append(host.blocking.ask(HumanInput("question", "why?")).text)
        seen.append(host.blocking.task_output("t", "text"))

    async def elsewhere():
        host = current_host()
        seen.append((await host.model(toys.ModelCall("toy", ()))).text)
        seen.append((await host.tool(toys.ToolCall("quick", {}))).content)

    async def framework(host):
        await in_thread(twins, threading.Event())
        await in_thread(lambda: asyncio.run(elsewhere()), threading.Event())

    rig = toys.Rig(toys.Models(toys.says("hi")), Stage("never").tools(), approve=approve)
    await rig.drive_it(framework)
    assert seen == ["hi", "quick", "WHY?", "text", "hi", "quick"]
    assert [e.type for e in rig.events][:2] == ["agent.started", "model.started"]


async def test_a_thread_that_calls_after_the_end_unwinds(toys, clean):
    outcome = []

    async def framework(host):
        framework.host = host
        return "done"

    rig = toys.Rig(toys.Models(toys.says("x")))
    await rig.drive_it(framework)

    def late():
        try:
            framework.host.blocking.model(toys.ModelCall("toy", ()))
        except BaseException as error:  # noqa: BLE001 - what it is, is the question
            outcome.append(type(error).__name__)
        outcome.append(framework.host.blocking.tool(toys.ToolCall("x", {})).is_error)

    await asyncio.to_thread(late)
    assert outcome == ["ThreadUnwind", True]
    assert rig.models.calls == []


def test_a_thread_that_calls_after_its_loop_was_closed_unwinds(toys):
    async def main():
        async def framework(host):
            return host

        return await toys.Rig(toys.Models(toys.says("x"))).drive_it(framework)

    host = asyncio.run(main())
    assert host.blocking.tool(toys.ToolCall("x", {})).is_error


def test_outside_a_run_there_is_no_host():
    from agentforge_core.boundary.port import current_host
    from agentforge_core.errors import AdapterContractError

    with pytest.raises(AdapterContractError, match="outside a run"):
        current_host()
