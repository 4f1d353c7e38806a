"""What loading takes beside the model itself: a process of its own tells how much memory it ever held."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.checkpoints import save_checkpoint

# In bfloat16: 42 MB of embeddings, the largest, and 15 MB of experts in each of four layers.
SHAPE: dict[str, Any] = {
    "vocab_size": 65536,
    "hidden_size": 320,
    "layer_types": ("sliding_attention",) * 3 + ("full_attention",),
    "experts": 96,
}
CODE = """
import json, sys, torch
from pathlib import Path
from diffgemma_lsp.checkup.examination import weight_bytes
from diffgemma_lsp.models.loading import load_checkpoint
from diffgemma_lsp.models.names import Checkpoint

def load(folder):
    checkpoint, cpu = Checkpoint(Path(folder), "it"), torch.device("cpu")
    return load_checkpoint(checkpoint, cpu, lambda _: None, torch.bfloat16, scheme="nf4").model

def held(what):
    status = Path("/proc/self/status").read_text()
    return int(status.split(what + ":")[1].split()[0]) * 1024

load(sys.argv[1])  # what is loaded only once
Path("/proc/self/clear_refs").write_text("5")  # the peak begins here
before = held("VmRSS")
model = load(sys.argv[2])
print(json.dumps([held("VmHWM") - before, weight_bytes(model)]))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a peak that can be reset")
@pytest.mark.slow
def test_packing_takes_no_more_than_the_result_and_two_of_the_largest_tensors(tmp_path: Path) -> None:
    save_checkpoint(tmp_path / "tiny")
    model = save_checkpoint(tmp_path / "large", **SHAPE)
    model.to(torch.bfloat16).save_pretrained(tmp_path / "large", max_shard_size="80MB")
    (tmp_path / "large" / "model.safetensors").unlink()
    assert len(list((tmp_path / "large").glob("*.safetensors"))) > 2
    largest = max(parameter.nbytes for parameter in model.parameters())
    command = [sys.executable, "-c", CODE, str(tmp_path / "tiny"), str(tmp_path / "large")]
    ran = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=True)
    peak, packed = json.loads(ran.stdout)
    assert packed < 0.6 * sum(parameter.nbytes for parameter in model.parameters())
    assert peak < packed + 2 * largest
