from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.checkpoints import save_checkpoint
from tests.cli.conftest import Run
from tests.cli.terminals import environment
from tests.hub import LoopbackHub, loopback_hub


@pytest.fixture
def tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkpoint, and no hub beside it."""
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    save_checkpoint(tmp_path / "tiny", hidden_size=64)
    return tmp_path / "tiny"


def test_a_checkpoint_is_converted_listed_and_used(run: Run, tiny: Path, add: Path) -> None:
    ran = run("model", "convert", str(tiny), "packed", "--scheme", "nf4")
    assert (ran.code, ran.out) == (0, b"tiny is in packed, packed in nf4: use it by --model packed\n")
    rows = json.loads(run("model", "list", ".", "--json").out)
    found = {row["name"]: row for row in rows}
    assert found["packed"]["scheme"] == "nf4"
    assert found["tiny"]["scheme"] is None
    assert found["tiny"]["bytes"] > found["packed"]["bytes"]
    assert found["starter"]["problem"] == ""
    assert run("infill", "add.py", "--lines", "2", "--model", "packed", "--seed", "1").code in {0, 1}


def test_a_list_tells_what_would_not_load(run: Run, tiny: Path) -> None:
    (tiny / "model.safetensors").unlink()
    ran = run("model", "list", str(tiny))
    assert b"  would not load: " in ran.out
    assert ran.code == 1


def test_info_tells_shape_profile_and_the_size_of_each_part_in_each_scheme(run: Run, tiny: Path) -> None:
    out = run("model", "info", str(tiny)).out.decode()
    assert "not packed" in out
    assert "hidden 64" in out
    assert "refills, follows no instructions; at most 128 prompt tokens, 64 canvas tokens, 8 steps" in out
    header, *rows = out.partition("\n\n")[2].splitlines()
    assert header.split() == ["parameters", "bf16", "int8", "fp8", "int4", "nf4"]
    assert [row.split("  ")[0].strip() for row in rows] == [
        *("experts", "linears", "embeddings", "rest"),
        *("weights", "+ context", "+ canvas", "= needed"),
    ]


def test_the_last_rows_of_info_add_up(run: Run) -> None:
    rows = run("model", "info", "starter").out.decode().splitlines()[-4:]
    *parts, needed = ([float(cell) for cell in re.findall(r"([\d.]+) MB", row)] for row in rows)
    assert len(needed) == 5
    assert [sum(column) for column in zip(*parts, strict=True)] == pytest.approx(needed, abs=0.16)


def test_info_on_packed_weights_tells_of_no_other_scheme(run: Run, tiny: Path) -> None:
    run("model", "convert", str(tiny), "packed", "--scheme", "int8")
    out = run("model", "info", "packed").out.decode()
    assert "packed in int8" in out
    assert "bf16" not in out


def test_what_is_here_is_not_pulled(run: Run, tiny: Path) -> None:
    ran = run("model", "pull", "starter")
    assert ran.code == 0
    assert ran.out.startswith(b"starter is in ")


@pytest.mark.parametrize("line", [("pull",), ("info",), ("convert", "--scheme", "nf4")], ids=lambda line: line[0])
def test_what_cannot_be_reached_is_one_sentence(run: Run, tiny: Path, line: tuple[str, ...]) -> None:
    dest = ["dest"] if line[0] == "convert" else []
    ran = run("model", line[0], "nobody/has-this-model", *dest, *line[1:])
    assert ran.code == 2
    message = "diffgemma: nobody/has-this-model is neither a folder nor reachable as a hub id ("
    assert ran.err.splitlines()[-1].startswith(message)
    assert ran.err.count("diffgemma: ") == 1


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[LoopbackHub]:
    """A hub with a checkpoint of several shards."""
    save_checkpoint(tmp_path / "model", "60KB")
    with loopback_hub(tmp_path / "model") as hub:
        yield hub


def pull(hub: LoopbackHub, folder: Path, preparation: str = "") -> subprocess.Popen[str]:
    """Start to pull the hub's checkpoint in a process of its own, after `preparation`."""
    code = f"""
import resource, sys
from diffgemma_lsp.cli.main import main
{preparation}
sys.exit(main(["model", "pull", "owner/tiny"]))
"""
    return subprocess.Popen(
        [sys.executable, "-c", code],
        env=environment(HF_ENDPOINT=hub.endpoint, HF_HOME=str(folder)),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def files_in(folder: Path) -> dict[str, bytes]:
    """Return what a cache has of the hub's checkpoint."""
    return {path.name: path.read_bytes() for path in folder.rglob("blobs/*")}


def test_a_pull_that_is_interrupted_ends_at_once_and_the_next_goes_on(hub: LoopbackHub, tmp_path: Path) -> None:
    cache, shards = tmp_path / "home", sorted(path.name for path in hub.folder.glob("*.safetensors"))
    hub.stalled[shards[1]] = 1000
    pulling = pull(hub, cache)
    assert hub.has_stalled.wait(60)
    pulling.send_signal(signal.SIGINT)
    assert "Traceback" not in pulling.communicate()[1]
    assert pulling.returncode == 130
    # The library would have waited for more, and asked again.
    assert hub.asked.count((shards[1], 0)) == 1
    assert sorted(files_in(cache)) == ["config.json", "generation_config.json", shards[0]]

    hub.stalled.clear()
    hub.asked.clear()
    pulling = pull(hub, cache)
    assert pulling.communicate()[0].startswith("owner/tiny is in ")
    assert files_in(cache) == {path.name: path.read_bytes() for path in hub.folder.iterdir()}
    assert {name for name, _ in hub.asked} == files_in(cache).keys() - {
        "config.json",
        "generation_config.json",
        shards[0],
    }


@pytest.mark.skipif(sys.platform == "win32", reason="has no such limit")
def test_a_disk_that_fills_up_is_one_sentence_and_leaves_no_half_file(hub: LoopbackHub, tmp_path: Path) -> None:
    # A file can be no longer than this, as on a disk that is full.
    pulling = pull(hub, tmp_path / "home", "resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))")
    last = pulling.communicate()[1].splitlines()[-1]
    message = "diffgemma: owner/tiny cannot be downloaded (File too large): make room, or set HF_HOME to another folder"
    assert (pulling.returncode, last) == (2, message)
    assert sorted(files_in(tmp_path / "home")) == ["config.json", "generation_config.json"]


def test_an_action_is_needed(run: Run) -> None:
    ran = run("model")
    assert ran.code == 2
    assert ran.err.startswith("diffgemma: the following arguments are required: ACTION")


def test_an_unknown_option_names_the_help_of_its_action(run: Run) -> None:
    ran = run("model", "list", "--frobnicate")
    assert ran.err == "diffgemma: unrecognized arguments: --frobnicate; see diffgemma model list --help\n"
