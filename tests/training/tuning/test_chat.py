"""A checkpoint that is prompted by chat and has no filler, as the 26B model."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

import pytest
import torch

from diffgemma_lsp.models.loading import load_checkpoint
from diffgemma_lsp.models.names import Checkpoint
from diffgemma_lsp.training.batch import Batch
from diffgemma_lsp.training.dialect import Dialect, dialect_of
from diffgemma_lsp.training.tuning.code import KIND
from diffgemma_lsp.training.tuning.plan import Wish
from diffgemma_lsp.training.tuning.run import Budget, tune
from diffgemma_lsp.training.tuning.session import Asked, begin, finish, open_session
from diffgemma_lsp.training.tuning.task import Request
from tests.tiny import tiny_model
from tests.training.tuning.conftest import write_code
from tests.vocabularies import train_gemma

PROFILE = """\
name = "tiny-chat"
prompt = "chat"
follows_instructions = true
[tokens]
bos = "<bos>"
end = ["<eos>", "<turn|>"]
banned = ["<pad>", "<|turn>", "<|channel>"]
[canvas]
max_length = 128
buckets = [8, 24, 64]
prefix_tail_tokens = 8
suffix_head_tokens = 16
[sampling]
attempts = 1
steps = 4
entropy_bound = 0.5
temperature_start = 0.8
temperature_end = 0.4
stability = 1
confidence = 0.005
[context]
prompt_tokens = 1024
suffix_tokens = 64
"""


@pytest.fixture(scope="module")
def chat(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("checkpoints") / "chat"
    tokenizer = train_gemma()
    tiny_model(vocab_size=tokenizer.get_vocab_size()).save_pretrained(folder)
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "profile.toml").write_text(PROFILE, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def dialect(chat: Path) -> Dialect:
    return dialect_of(chat, "chat")


@pytest.fixture(scope="module")
def batches(dialect: Dialect, tmp_path_factory: pytest.TempPathFactory) -> list[Batch]:
    code = write_code(tmp_path_factory.mktemp("data") / "code")
    task = KIND.open(Request(code, 0, positions=4000), dialect)
    return [task.batch(step) for step in range(8)]


def test_a_document_is_the_turn_of_the_model(dialect: Dialect, batches: list[Batch]) -> None:
    turn, thought = dialect.tokenizer.id("<|turn>"), dialect.tokenizer.id("<channel|>")
    tells_suffix = 0
    for batch in batches:
        for ids in batch.ids.tolist():
            assert ids[0] == dialect.tokenizer.id("<bos>")
            assert ids.count(turn) == 2
            head = dialect.tokenizer.decode(ids[: ids.index(thought)])
            assert "Write the file module_" in head
            tells_suffix += "Further down, the file goes on with:" in head
            assert dialect.tokenizer.decode(ids[ids.index(thought) :]).startswith("```python\n")
    assert 0 < tells_suffix < sum(len(batch.ids) for batch in batches)


def test_holes_have_just_the_length_of_their_text(dialect: Dialect, batches: list[Batch]) -> None:
    decode, end = dialect.tokenizer.decode, dialect.tokenizer.id("<turn|>")
    holes = 0
    for batch in batches:
        assert batch.canvases is not None
        for row in range(len(batch.ids)):
            cells = zip(batch.canvases.clean[row].tolist(), batch.canvases.free[row].tolist(), strict=True)
            for is_free, run in groupby(cells, key=lambda cell: cell[1]):
                ids = [token for token, _ in run]
                if is_free:
                    holes += 1
                    assert decode(ids).strip() or end in ids
                    assert 0 not in ids
    assert holes > 20


@pytest.mark.parametrize("scheme", ["bf16", "nf4"])
def test_adapters_of_a_chat_checkpoint_become_a_checkpoint(chat: Path, tmp_path: Path, scheme: str) -> None:
    code = write_code(tmp_path / "code")
    wish = Wish("lora", rank=4, scheme=scheme, positions=2000)
    session = open_session(Asked(str(chat), "code", code, tmp_path / "mine", Budget(steps=5), wish=wish), KIND)
    run, optimizer, progress = begin(session, lambda _: None, lambda: False)
    list(tune(run, optimizer, progress))
    record = finish(session, run, optimizer, progress)
    assert record is not None
    assert record.kept.loss < record.checks[0].loss
    tuned = Checkpoint(tmp_path / "mine", "mine")
    model = load_checkpoint(tuned, torch.device("cpu"), lambda _: None, torch.bfloat16).model
    assert model.lm_head.weight.shape[0] == session.task.dialect.tokenizer.size  # type: ignore[attr-defined]
