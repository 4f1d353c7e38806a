from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from diffgemma_lsp.errors import ConfigError, InputError, ModelError
from diffgemma_lsp.fill import Progress
from diffgemma_lsp.models.conversion import convert
from diffgemma_lsp.models.loading import load_checkpoint
from diffgemma_lsp.models.names import Checkpoint
from diffgemma_lsp.models.packed.schemes import SCHEMES
from tests.checkpoints import save_checkpoint
from tests.vocabularies import train_gemma

CPU = torch.device("cpu")
REPOSITORY = Path(__file__).parents[2]


@pytest.fixture
def source(tmp_path: Path) -> Checkpoint:
    save_checkpoint(tmp_path / "source", "60KB", hidden_size=64)
    (tmp_path / "source" / "LICENSE").write_text("Do as you like.")
    return Checkpoint(tmp_path / "source", "source")


def quiet(_: Progress) -> None:
    """Report nothing."""


def load(checkpoint: Checkpoint, scheme: str | None = None) -> dict[str, torch.Tensor]:
    state: dict[str, torch.Tensor] = load_checkpoint(checkpoint, CPU, quiet, scheme=scheme).model.state_dict()
    return state


@pytest.mark.parametrize("scheme", ["int8", "fp8", "int4", "nf4"])
def test_what_was_packed_once_equals_what_is_packed_while_loading(
    source: Checkpoint, tmp_path: Path, scheme: str
) -> None:
    target = tmp_path / "packed"
    convert(source, target, SCHEMES[scheme], CPU, quiet)
    wanted, got = load(source, scheme), load(Checkpoint(target, "packed"))
    assert wanted.keys() == got.keys()
    for name, tensor in wanted.items():
        assert got[name].dtype == tensor.dtype, name
        assert torch.equal(got[name].view(torch.uint8), tensor.view(torch.uint8)), name
    embeddings = "embed_tokens.weight.codes"
    assert got[f"model.decoder.{embeddings}"].data_ptr() == got["lm_head.weight.codes"].data_ptr()


def test_the_source_stays_and_its_companions_go_along(source: Checkpoint, tmp_path: Path) -> None:
    before = {path.name: path.read_bytes() for path in source.folder.iterdir()}
    convert(source, tmp_path / "packed", SCHEMES["nf4"], CPU, quiet)
    assert {path.name: path.read_bytes() for path in source.folder.iterdir()} == before
    for name in ("tokenizer.json", "profile.toml", "LICENSE"):
        assert (tmp_path / "packed" / name).read_bytes() == before[name]
    assert {path.name for path in tmp_path.iterdir()} == {"source", "packed"}


def test_the_profile_of_a_preset_goes_along_under_any_name(tmp_path: Path) -> None:
    save_checkpoint(tmp_path / "source")
    (tmp_path / "source" / "profile.toml").unlink()
    train_gemma().save(str(tmp_path / "source" / "tokenizer.json"))
    name = "google/diffusiongemma-26B-A4B-it"
    convert(Checkpoint(tmp_path / "source", name), tmp_path / "mine", SCHEMES["int8"], CPU, quiet)
    preset = REPOSITORY / "configs" / "diffusiongemma-26B-A4B-it.toml"
    assert (tmp_path / "mine" / "profile.toml").read_bytes() == preset.read_bytes()


def test_the_configuration_says_how_the_weights_are_packed(source: Checkpoint, tmp_path: Path) -> None:
    convert(source, tmp_path / "packed", SCHEMES["nf4"], CPU, quiet)
    packing = json.loads((tmp_path / "packed" / "config.json").read_text())["quantization_config"]
    assert packing == {"quant_method": "diffgemma-lsp", "scheme": "nf4"}


def test_a_destination_that_is_there_is_left_alone(source: Checkpoint, tmp_path: Path) -> None:
    for target in (source.folder, tmp_path / "file"):
        if target.name == "file":
            target.touch()
        with pytest.raises(InputError, match=r" is there already: remove it, or name another DEST$"):
            convert(source, target, SCHEMES["nf4"], CPU, quiet)


def test_a_destination_nowhere_is_named(source: Checkpoint, tmp_path: Path) -> None:
    message = r"cannot be made \(No such file or directory\): name DEST in a folder of yours$"
    with pytest.raises(InputError, match=message):
        convert(source, tmp_path / "no" / "folder", SCHEMES["nf4"], CPU, quiet)


def test_what_is_packed_is_not_packed_again(source: Checkpoint, tmp_path: Path) -> None:
    convert(source, tmp_path / "packed", SCHEMES["nf4"], CPU, quiet)
    with pytest.raises(ConfigError, match=r"^packed is packed in nf4 already: name the checkpoint that it "):
        convert(Checkpoint(tmp_path / "packed", "packed"), tmp_path / "again", SCHEMES["int8"], CPU, quiet)


def test_a_scheme_that_packs_nothing_is_no_conversion(source: Checkpoint, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"^bf16 packs nothing: use source as it is, or take another --scheme$"):
        convert(source, tmp_path / "packed", SCHEMES["bf16"], CPU, quiet)


def test_what_could_not_be_used_is_not_converted(source: Checkpoint, tmp_path: Path) -> None:
    (source.folder / "tokenizer.json").write_text("{}")
    with pytest.raises(ModelError, match=r"tokenizer\.json is no tokenizer that can be read "):
        convert(source, tmp_path / "packed", SCHEMES["nf4"], CPU, quiet)
    (source.folder / "profile.toml").write_text("name = 1")
    with pytest.raises(ConfigError, match=r"profile\.toml: "):
        convert(source, tmp_path / "packed", SCHEMES["nf4"], CPU, quiet)
    assert {path.name for path in tmp_path.iterdir()} == {"source"}


def test_a_disk_that_is_too_small_is_noticed_before_anything_is_written(source: Checkpoint, tmp_path: Path) -> None:
    message = r"packed needs 0\.\d MB, where 0\.0 MB are free: free 0\.\d MB, or name DEST on another disk$"
    with pytest.raises(InputError, match=message):
        convert(source, tmp_path / "packed", SCHEMES["nf4"], CPU, quiet, free=lambda folder: 1000)
    assert {path.name for path in tmp_path.iterdir()} == {"source"}


@pytest.mark.parametrize("error", [KeyboardInterrupt, ModelError])
def test_a_conversion_that_ends_early_leaves_nothing(
    source: Checkpoint, tmp_path: Path, error: type[BaseException]
) -> None:
    def stop(progress: Progress) -> None:
        if 2 * progress.done > progress.total:
            raise error

    with pytest.raises(error):
        convert(source, tmp_path / "packed", SCHEMES["nf4"], CPU, stop)
    assert {path.name for path in tmp_path.iterdir()} == {"source"}


def run(source: Path, target: Path, preparation: str) -> subprocess.CompletedProcess[str]:
    """Convert in a process of its own, after `preparation`, which may define `report`."""
    code = f"""
import os, resource, sys, torch
from pathlib import Path
from diffgemma_lsp.errors import DiffgemmaError
from diffgemma_lsp.models import shards
from diffgemma_lsp.models.conversion import convert
from diffgemma_lsp.models.names import Checkpoint
from diffgemma_lsp.models.packed.schemes import SCHEMES
report = lambda progress: None
{preparation}
try:
    source = Checkpoint(Path({str(source)!r}), "source")
    convert(source, Path({str(target)!r}), SCHEMES["nf4"], torch.device("cpu"), report)
except DiffgemmaError as error:
    sys.exit(str(error))
"""
    return subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=False)


def test_a_process_that_is_killed_leaves_nothing_that_loads_and_the_next_one_starts_clean(
    source: Checkpoint, tmp_path: Path
) -> None:
    target = tmp_path / "packed"
    ended = run(source.folder, target, "report = lambda now: 2 * now.done > now.total and os._exit(9)")
    assert ended.returncode == 9
    assert not target.exists()
    (rest,) = (path for path in tmp_path.iterdir() if path.name != "source")
    with pytest.raises(ModelError, match=r" holds no config\.json: "):
        load(Checkpoint(rest, "rest"))
    convert(source, target, SCHEMES["nf4"], CPU, quiet)
    assert {path.name for path in tmp_path.iterdir()} == {"source", "packed"}
    load(Checkpoint(target, "packed"))


@pytest.mark.skipif(sys.platform == "win32", reason="has no such limit")
def test_a_disk_that_fills_up_is_one_sentence_and_leaves_nothing(source: Checkpoint, tmp_path: Path) -> None:
    # A file can be no longer than this, as on a disk that is full.
    ended = run(source.folder, tmp_path / "packed", "resource.setrlimit(resource.RLIMIT_FSIZE, (30_000, 30_000))")
    assert ended.returncode == 1
    assert " cannot be written (" in ended.stderr
    assert ended.stderr.strip().endswith("make room there, or name another DEST")
    assert ended.stderr.count("\n") == 1
    assert {path.name for path in tmp_path.iterdir()} == {"source"}
