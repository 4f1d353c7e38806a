"""`diffgemma engine`, and `diffgemma infill` with one that runs."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from diffgemma_lsp.cli import engine
from diffgemma_lsp.cli.asking import is_running
from diffgemma_lsp.cli.exits import Exit
from diffgemma_lsp.cli.fillers import FILLERS, FillerKind
from diffgemma_lsp.cli.health import health_lines
from diffgemma_lsp.cli.residents import open_resident
from diffgemma_lsp.engine.client.engine_client import EngineClient
from diffgemma_lsp.engine.client.facts import ModelFacts
from diffgemma_lsp.engine.client.spec import EngineSpec
from diffgemma_lsp.engine.client.status import EngineState, EngineStatus, StateName
from diffgemma_lsp.errors import EngineVersionError
from diffgemma_lsp.fill.fake import FakeFiller
from tests.cli.conftest import FAKE, Run, script
from tests.cli.terminals import COMMAND, environment, start
from tests.engines import older_engine, play, status_when

SPEC = EngineSpec("fake")
STATUS = EngineStatus(
    state=EngineState("ready"),
    version="0.1.0",
    pid=7,
    engine="local",
    model="starter",
    facts=ModelFacts("starter", follows_instructions=False, prompt_tokens=192, canvas_tokens=64, steps=12),
    note="",
    device="cpu",
    weights="",
    memory_bytes=312_000_000,
    device_bytes=0,
    uptime_seconds=59.0,
    waiting=2,
    is_filling=True,
    log="/home/me/engine.log",
)


def start_engine(model: str) -> None:
    """Start the fake engine of a script, whether it can be loaded or not."""

    async def scene() -> None:
        async with EngineClient(EngineSpec("fake", model)) as client:
            await client.start()

    play(scene())


def wait_for(state: StateName, model: str | None = None) -> None:
    """Wait until the fake engine of a script, if there is one, has loaded it, or has not."""

    async def scene() -> None:
        async with EngineClient(EngineSpec("fake", model)) as client:
            await status_when(client, lambda status: status.state.name == state)

    play(scene())


def test_an_engine_is_started_shown_and_stopped(run: Run) -> None:
    assert run("engine", "status", *FAKE).out == b"the engine for fake does not run\n"
    ran = run("engine", "start", *FAKE)
    assert (ran.code, ran.out, ran.err) == (0, b"the engine for fake is started\n", "")
    assert run("engine", "start", *FAKE).out == b"the engine for fake runs already\n"
    shown = run("engine", "status", *FAKE)
    assert shown.code == 0
    assert re.search(rb"^state    (ready|loading)$", shown.out, re.MULTILINE)
    stopped = run("engine", "stop", *FAKE)
    assert (stopped.code, stopped.out) == (0, b"the engine for fake is stopped\n")
    again = run("engine", "stop", *FAKE)
    assert (again.code, again.out) == (1, b"the engine for fake does not run\n")


def test_an_engine_is_restarted_and_one_that_does_not_run_is_started(run: Run) -> None:
    first = run("engine", "restart", *FAKE)
    assert (first.code, first.out) == (0, b"the engine for fake does not run\nthe engine for fake is started\n")
    second = run("engine", "restart", *FAKE)
    assert (second.code, second.out) == (0, b"the engine for fake is stopped\nthe engine for fake is started\n")


def test_an_engine_of_another_version_is_named_with_the_command_that_helps(run: Run, add: Path) -> None:
    async def scene() -> None:
        async with EngineClient(SPEC, command=older_engine()) as older:
            with pytest.raises(EngineVersionError):
                await older.start()

    play(scene())
    for line in (["infill", "add.py", "--lines", "2"], ["engine", "start"], ["engine", "status"]):
        ran = run(*line, *FAKE)
        assert ran.code == 2
        assert ran.err.endswith(": restart it with `diffgemma engine restart --engine fake`\n")
    assert run("engine", "restart", *FAKE).code == 0
    assert run("infill", "add.py", "--lines", "2", *FAKE).code == 0


def test_a_status_is_an_object_whose_every_name_the_help_describes(run: Run) -> None:
    ran = run("engine", "status", *FAKE, "--json")
    assert (ran.code, json.loads(ran.out)) == (1, {"is_running": False})
    run("engine", "start", *FAKE)
    wait_for("ready")
    status = json.loads(run("engine", "status", *FAKE, "--json").out)
    assert status["is_running"] is True
    assert engine.__doc__
    described = set(re.findall(r"\w+", engine.__doc__.partition("status --json")[2]))
    assert {*status, *status["state"], *status["facts"]} - described == set()


def test_two_commands_that_start_an_engine_at_once_start_one(tmp_path: Path) -> None:
    line = [*COMMAND, "engine", "start", *FAKE]
    commands = [subprocess.Popen(line, env=environment(), stdout=subprocess.PIPE, text=True) for _ in range(2)]
    answers = [command.communicate()[0] for command in commands]
    assert [command.returncode for command in commands] == [0, 0]
    assert sorted(answers) == ["the engine for fake is started\n", "the engine for fake runs already\n"]


def test_an_engine_in_the_foreground_ends_with_ctrl_c(tmp_path: Path, run: Run) -> None:
    terminal = start(["engine", "run", *FAKE], tmp_path)
    terminal.wait_for(rb"diffgemma: the engine for fake serves; Ctrl-C ends it\r\n")
    second = run("engine", "run", *FAKE)
    assert (second.code, second.err) == (1, "diffgemma: the engine for fake runs already\n")
    terminal.interrupt(signal.SIGINT)
    assert terminal.finish() == 130
    assert not is_running(SPEC)


def test_an_engine_that_cannot_load_its_model_says_so_in_its_status(run: Run, tmp_path: Path) -> None:
    model = ["--model", str(tmp_path / "none.toml")]
    start_engine(model[1])
    wait_for("failed", model[1])
    assert b"state    failed: there is no fake script at " in run("engine", "status", *FAKE, *model).out


@pytest.mark.parametrize("value", ["-1", "soon", "nan", "inf", "1e9"])
def test_an_idle_time_that_is_no_time_is_bad_input(run: Run, value: str) -> None:
    ran = run("engine", "start", *FAKE, f"--idle-minutes={value}")
    message = f"argument --idle-minutes: must be a number from 0 to 525600, not '{value}'; see diffgemma engine --help"
    assert (ran.code, ran.err) == (2, f"diffgemma: {message}\n")


def test_infill_uses_the_engine_that_runs_and_prints_the_same(run: Run, add: Path) -> None:
    model = ["--model", script(add.parent, answers=["    return a + b"], name="actor")]
    line = ["infill", "add.py", "--lines", "2", *FAKE, *model]
    alone = run(*line)
    run("engine", "start", *FAKE, *model)
    wait_for("ready", model[1])
    # Whatever loads the model in this process would fail.
    (add.parent / "fake.toml").write_text("no script")
    assert run(*line) == alone
    assert json.loads(run(*line, "--json").out)["model"] == "actor"


def test_infill_leaves_an_engine_with_another_model_alone(run: Run, add: Path) -> None:
    run("engine", "start", *FAKE)
    model = ["--model", script(add.parent, name="actor")]
    assert json.loads(run("infill", "add.py", "--lines", "2", *FAKE, *model, "--json").out)["model"] == "actor"


def test_infill_starts_an_engine_that_it_is_to_keep(run: Run, add: Path) -> None:
    ran = run("infill", "add.py", "--lines", "2", *FAKE, "--keep")
    assert ran.code == 0
    # On a slow machine more is said, because it takes a while.
    assert ran.err.startswith("diffgemma: the engine for fake did not run and was started\n")
    again = run("infill", "add.py", "--lines", "2", *FAKE, "--keep")
    assert again.out == ran.out
    assert "started" not in again.err
    assert is_running(SPEC)


def test_infill_starts_no_engine_unless_it_is_told_to(run: Run, add: Path) -> None:
    run("infill", "add.py", "--lines", "2", *FAKE)
    assert not is_running(SPEC)


def test_infill_that_is_interrupted_hangs_up(run: Run, add: Path) -> None:
    model = script(add.parent, steps=1000, delay_seconds=0.05)
    run("engine", "start", *FAKE, "--model", model)
    terminal = start(["infill", "add.py", "--lines", "2", *FAKE, "--model", model], add.parent)
    terminal.wait_for(rb"denoising step")
    terminal.interrupt()
    assert terminal.finish() == Exit.INTERRUPTED

    async def scene() -> None:
        async with EngineClient(EngineSpec("fake", model)) as client:
            await status_when(client, lambda status: not status.is_filling)

    play(scene())


def test_an_error_of_the_engine_is_infill_s(run: Run, add: Path) -> None:
    model = str(add.parent / "none.toml")
    start_engine(model)
    ran = run("infill", "add.py", "--lines", "2", *FAKE, "--model", model)
    message = f"there is no fake script at {model}; name a TOML file, or leave out --model"
    assert (ran.code, ran.err) == (2, f"diffgemma: {message}\n")


def test_an_engine_s_folder_that_others_can_open_does_not_keep_infill_from_its_work(
    run: Run, add: Path, engine_folder: Path
) -> None:
    engine_folder.mkdir(mode=0o755)
    assert run("infill", "add.py", "--lines", "2", *FAKE).code == 0
    ran = run("engine", "start", *FAKE)
    assert ran.code == 2
    assert ran.err.startswith(f"diffgemma: the engine's folder {engine_folder} must be a folder of yours")


def test_a_local_engine_tells_its_device(monkeypatch: pytest.MonkeyPatch) -> None:
    class OnCpu(FakeFiller):
        device = "cpu"

    monkeypatch.setitem(FILLERS, "fake", FillerKind(lambda model: None, lambda model, report: OnCpu()))
    resident = open_resident(SPEC, lambda _: None)
    resident.release()
    assert (resident.device, resident.device_bytes()) == ("cpu", 0)


def test_health_is_a_line_for_each_thing() -> None:
    assert health_lines(STATUS) == [
        "state    ready",
        "model    starter (local)",
        "profile  refills, follows no instructions; at most 192 prompt tokens, 64 canvas tokens, 12 steps",
        "device   cpu",
        "memory   312 MB",
        "uptime   59 s",
        "queue    2 waiting, one is being filled",
        "process  7, version 0.1.0",
        "log      /home/me/engine.log",
    ]


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"state": EngineState("loading", 1, 3)}, "state    loading, 33 %"),
        ({"state": EngineState("loading")}, "state    loading"),
        ({"state": EngineState("failed", reason="it is broken; mend it")}, "state    failed: it is broken; mend it"),
        ({"facts": None}, "profile  not known yet"),
        ({"facts": ModelFacts("x", follows_instructions=True)}, "profile  follows instructions"),
        (
            {"facts": ModelFacts("x", follows_instructions=True, sends_to="https://a:1")},
            "sends    the text around holes to https://a:1",
        ),
        ({"note": "the server is old"}, "note     the server is old"),
        ({"weights": "int4, the most bits that fit"}, "weights  int4, the most bits that fit"),
        ({"device": ""}, "device   none, the model is not in memory"),
        ({"device_bytes": 18_000_000_000}, "memory   312 MB, and 18000 MB on the device"),
        ({"uptime_seconds": 60.0}, "uptime   1 min"),
        ({"uptime_seconds": 7260.0}, "uptime   2 h 1 min"),
        ({"model": "", "engine": "fake"}, "model    fake"),
        ({"waiting": 0, "is_filling": False}, "queue    0 waiting, none is being filled"),
    ],
)
def test_health_tells_what_is_special(changes: dict[str, object], line: str) -> None:
    names = EngineStatus.__slots__
    assert line in health_lines(EngineStatus(**{name: getattr(STATUS, name) for name in names} | changes))


def test_a_bug_in_the_engine_is_not_the_user_s_fault(run: Run, add: Path) -> None:
    code = (
        "import sys; from diffgemma_lsp.cli import fillers; from diffgemma_lsp.cli.main import main\n"
        "def broken(model, report): raise ZeroDivisionError('by 0')\n"
        "fillers.FILLERS['fake'] = fillers.FillerKind(lambda model: None, broken)\n"
        "sys.exit(main(sys.argv[1:]))"
    )

    async def scene() -> None:
        async with EngineClient(SPEC, command=[sys.executable, "-c", code, "engine", "run", "--detach"]) as client:
            await client.start()

    play(scene())
    ran = run("infill", "add.py", "--lines", "2", *FAKE)
    message = "the engine failed, which is a bug: ZeroDivisionError: by 0; report the traceback in its log"
    assert (ran.code, ran.err) == (3, f"diffgemma: {message}\n")
