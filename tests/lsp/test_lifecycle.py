"""From the start of the process to its end, seen by a client that shares no code with it."""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from diffgemma_lsp import __version__
from tests.lsp.editor import ROOT, SECONDS
from tests.lsp.wire import Wire

pytestmark = pytest.mark.asyncio


async def test_a_server_introduces_itself_and_ends_within_two_seconds() -> None:
    wire = await Wire.start("--stdio", "--clientProcessId=1")
    answer = await wire.initialize()
    assert answer["result"]["serverInfo"] == {"name": "diffgemma-lsp", "version": __version__}
    assert "inlineCompletionProvider" in answer["result"]["capabilities"]
    assert await asyncio.wait_for(wire.end(), 2) == 0


async def test_a_shutdown_does_not_wait_for_a_slow_step(tmp_path: Path) -> None:
    script = tmp_path / "script.toml"
    script.write_text("delay_seconds = 60\n")
    wire = await Wire.start("--model", str(script))
    await wire.initialize()
    document = {"uri": "file:///a.py", "languageId": "python", "version": 1, "text": "x = "}
    wire.send("textDocument/didOpen", {"textDocument": document})
    place = {"textDocument": {"uri": "file:///a.py"}, "position": {"line": 0, "character": 4}}
    wire.send("textDocument/inlineCompletion", {**place, "context": {"triggerKind": 1}}, 5)
    assert await asyncio.wait_for(wire.end(), 2) == 0


async def test_an_exit_without_a_shutdown_is_an_error() -> None:
    wire = await Wire.start()
    await wire.initialize()
    wire.send("exit")
    assert await asyncio.wait_for(wire.process.wait(), 5) == 1


async def test_a_server_ends_when_its_input_ends() -> None:
    wire = await Wire.start()
    await wire.initialize()
    wire.writer.close()
    assert await asyncio.wait_for(wire.process.wait(), 5) == 1


async def test_a_server_ends_with_the_process_that_started_it() -> None:
    parent = await asyncio.create_subprocess_exec(sys.executable, "-c", "input()", stdin=asyncio.subprocess.PIPE)
    wire = await Wire.start()
    await wire.initialize(parent.pid)
    parent.kill()
    await parent.wait()
    assert await asyncio.wait_for(wire.process.wait(), 5) == 1


async def test_a_server_on_tcp_serves_one_client() -> None:
    wire = await Wire.start("--tcp")
    assert wire.process.stderr
    line = await asyncio.wait_for(wire.process.stderr.readline(), 10)
    host, port = line.decode().split()[-1].split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    client = Wire(wire.process, reader, writer)
    await client.initialize()
    assert await client.end() == 0
    writer.close()


async def test_a_server_listens_on_the_port_that_it_is_given() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    code = "import sys; from diffgemma_lsp.cli.entry import diffgemma_lsp; sys.exit(diffgemma_lsp())"
    line = [sys.executable, "-c", code, "--engine", "fake", "--tcp", "--port", str(port)]
    process = await asyncio.create_subprocess_exec(*line, stderr=asyncio.subprocess.PIPE, cwd=ROOT)
    assert process.stderr
    said = await asyncio.wait_for(process.stderr.readline(), SECONDS)
    assert said.decode() == f"listening on 127.0.0.1:{port}\n"
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    client = Wire(process, reader, writer)
    await client.initialize()
    assert await client.end() == 0
    writer.close()


async def test_a_print_does_not_reach_the_protocol(tmp_path: Path) -> None:
    code = (
        "import sys; from diffgemma_lsp.lsp import lifecycle; from diffgemma_lsp.cli.serve import main\n"
        "look = lifecycle.register_for_changes\n"
        "async def noisy(server): print('downloading', flush=True); await look(server)\n"
        "lifecycle.register_for_changes = noisy\n"
        "sys.exit(main(['--engine', 'fake']))"
    )
    pipe = asyncio.subprocess.PIPE
    wire = Wire(
        await asyncio.create_subprocess_exec(sys.executable, "-c", code, stdin=pipe, stdout=pipe, stderr=pipe, cwd=ROOT)
    )
    await wire.initialize()
    assert await wire.end() == 0
    assert wire.process.stderr
    assert b"downloading" in await wire.process.stderr.read()


async def test_messages_may_come_from_a_file(tmp_path: Path) -> None:
    params: dict[str, object] = {"processId": None, "rootUri": None, "capabilities": {}}
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params}).encode()
    recorded = tmp_path / "recorded"
    recorded.write_bytes(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
    line = [sys.executable, "-m", "diffgemma_lsp", "serve", "--engine", "fake"]
    with recorded.open("rb") as source:
        ran = await asyncio.to_thread(subprocess.run, line, cwd=ROOT, stdin=source, capture_output=True, check=False)
    assert b'"name": "diffgemma-lsp"' in ran.stdout
    assert ran.returncode == 1, "it ended without an exit"


async def test_a_log_file_takes_the_log_and_no_document(tmp_path: Path) -> None:
    log = tmp_path / "server.log"
    wire = await Wire.start("--log-file", str(log), "--log-level", "info")
    await wire.initialize()
    document = {"uri": "file:///a.py", "languageId": "python", "version": 1, "text": "private = 1"}
    wire.send("textDocument/didOpen", {"textDocument": document})
    wire.send_bytes(b"no json")
    assert await wire.end() == 0
    assert "private" not in log.read_text()
    assert "WARNING diffgemma_lsp.lsp.protocol: a message was refused: the message is not JSON" in log.read_text()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--tcp", "--stdio"], "--tcp and --stdio do not go together; use one of them"),
        (["--log-file", "/nowhere/at/all.log"], "name another --log-file"),
        (["--config", "/nowhere.toml"], "name a TOML file of settings"),
        (["--engine", "fake", "--tcp", "--host", "203.0.113.7"], "choose another --port"),
        (["--port", "many"], "argument --port"),
    ],
)
async def test_a_wrong_command_line_is_one_sentence(arguments: list[str], message: str) -> None:
    line = [sys.executable, "-m", "diffgemma_lsp", "serve", *arguments]
    ran = await asyncio.to_thread(subprocess.run, line, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 2
    assert message in ran.stderr
    assert ran.stderr.count("\n") == 1


async def test_the_version_is_printed_without_a_server() -> None:
    line = [sys.executable, "-c", "from diffgemma_lsp.cli.serve import main; main(['--version'])"]
    ran = await asyncio.to_thread(subprocess.run, line, cwd=ROOT, capture_output=True, text=True, check=True)
    assert ran.stdout == f"diffgemma-lsp {__version__}\n"


async def test_the_language_server_loads_nothing_heavy() -> None:
    code = "import sys, diffgemma_lsp.lsp.features; print(*{name.split('.')[0] for name in sys.modules})"
    line = [sys.executable, "-c", code]
    ran = await asyncio.to_thread(subprocess.run, line, cwd=ROOT, capture_output=True, text=True, check=True)
    assert not {"torch", "transformers", "numpy", "rich", "aiohttp", "starlette"} & set(ran.stdout.split())
