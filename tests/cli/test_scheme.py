"""`--scheme` on the commands that load a checkpoint."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from diffgemma_lsp.cli.residents import open_resident
from diffgemma_lsp.engine.client.spec import EngineSpec
from diffgemma_lsp.errors import ConfigError
from tests.checkpoints import save_checkpoint
from tests.cli.conftest import FAKE, Run

INFILL = ("infill", "add.py", "--lines", "2")
LINES = [INFILL, ("engine", "start"), ("eval",), ("serve",), ("doctor",), ("model", "convert", "starter", "x")]


@pytest.mark.parametrize("line", LINES, ids=lambda line: line[0])
def test_a_scheme_that_there_is_not_is_one_sentence(run: Run, add: Path, line: tuple[str, ...]) -> None:
    ran = run(*line, "--scheme", "q2")
    assert ran.code == 2
    assert ran.err.startswith("diffgemma: argument --scheme: invalid choice: 'q2' (choose from ")
    assert "nf4" in ran.err
    assert ran.err.count("\n") == 1


@pytest.mark.parametrize("line", [INFILL, ("engine", "start"), ("serve",)], ids=lambda line: line[0])
def test_an_engine_without_weights_has_no_scheme(run: Run, add: Path, line: tuple[str, ...]) -> None:
    ran = run(*line, *FAKE, "--scheme", "nf4")
    message = "diffgemma: --engine fake loads no weights that could be kept in nf4; leave out --scheme\n"
    assert (ran.code, ran.err) == (2, message)


def test_a_file_is_filled_by_packed_weights(run: Run, add: Path, tmp_path: Path) -> None:
    save_checkpoint(tmp_path / "tiny", hidden_size=64)
    ran = run(*INFILL, "--model", str(tmp_path / "tiny"), "--scheme", "nf4", "--seed", "1", "--json")
    assert ran.code in {0, 1}
    assert json.loads(ran.out)["model"] == "tiny"


def test_an_engine_s_status_tells_which_scheme_was_chosen_and_why(run: Run, tmp_path: Path) -> None:
    save_checkpoint(tmp_path / "tiny")
    model = ["--model", str(tmp_path / "tiny")]
    run("engine", "start", *model)
    # It is asked while its model loads, and answers when that is there.
    run("infill", "-", *model, "--json", stdin=b"x = <|fill|>")
    shown = run("engine", "status", *model).out.decode()
    assert "\nweights  float32, the most bits that fit\n" in shown


def test_an_engine_loads_the_scheme_it_was_asked_for(tmp_path: Path) -> None:
    save_checkpoint(tmp_path)
    config = tmp_path / "config.json"
    packing = {"quantization_config": {"quant_method": "diffgemma-lsp", "scheme": "nf4"}}
    resident = open_resident(EngineSpec(model=str(tmp_path), scheme="int8"), lambda _: None)
    assert (resident.device, resident.weights) == ("cpu", "int8, asked for by --scheme, computed in float32")
    config.write_text(json.dumps(json.loads(config.read_text()) | packing))
    with pytest.raises(ConfigError, match=r" is packed in nf4 and cannot be had in int8: "):
        open_resident(EngineSpec(model=str(tmp_path), scheme="int8"), lambda _: None)
