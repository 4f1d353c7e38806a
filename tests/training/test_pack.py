from __future__ import annotations

import shutil
import tarfile
from pathlib import Path

import pytest

from diffgemma_lsp.corpus.modules import Module, corpus_path, load, save
from diffgemma_lsp.corpus.packages import Role
from diffgemma_lsp.errors import InputError
from diffgemma_lsp.training.loop import train
from diffgemma_lsp.training.pack import pack, sample, unpack
from diffgemma_lsp.training.vocabulary import load_vocabulary, tokenizer_path
from tests.training.test_loop import steps_of

ODD = "<|eos|> é \t\x0c\r\n\u2028 \U0001f600\n"


@pytest.fixture(scope="module")
def whole(state: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A state folder with a module of each role, and one that spells the vocabulary's special tokens."""
    folder = shutil.copytree(state, tmp_path_factory.mktemp("whole") / "state")
    save(folder, Role.TRAIN, [*load(state, Role.TRAIN), Module("odd", "odd.py", ODD)])
    save(folder, Role.HELD_OUT, [Module("secret", "a.py", "a = 1\n")])
    return folder


@pytest.fixture(scope="module")
def packed(whole: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("packed") / "corpus.tar.xz"
    pack(whole, file, 10**6)
    return file


def test_what_is_packed_comes_back_to_the_character(whole: Path, packed: Path, tmp_path: Path) -> None:
    unpack(packed, tmp_path / "new")
    for role in Role:
        texts = [module.text for module in load(tmp_path / "new", role)]
        assert texts == [module.text for module in load(whole, role)]
    assert tokenizer_path(tmp_path / "new").read_bytes() == tokenizer_path(whole).read_bytes()


def test_the_count_is_that_of_the_token_ids(whole: Path, tmp_path: Path) -> None:
    tokenizer = load_vocabulary(tokenizer_path(whole))
    modules = [module for role in Role for module in load(whole, role)]
    assert pack(whole, tmp_path / "file", 10**6) == sum(len(tokenizer.encode(m.text).ids) + 1 for m in modules)


def test_nothing_that_is_there_is_written_over(packed: Path, tmp_path: Path) -> None:
    corpus_path(tmp_path, Role.TRAIN).write_text("", encoding="utf-8")
    unpack(packed, tmp_path)
    assert load(tmp_path, Role.TRAIN) == []
    assert load(tmp_path, Role.HELD_OUT) != []


def test_an_unpacked_corpus_can_be_trained_on(packed: Path, tmp_path: Path) -> None:
    unpack(packed, tmp_path)
    train(steps_of(tmp_path, 1))
    assert (tmp_path / "checkpoint.pt").exists()


def test_a_sample_keeps_the_order_and_about_the_size_that_was_asked_for() -> None:
    modules = [Module("package", str(number), "x" * 100) for number in range(50)]
    drawn = sample(modules, 2000)
    assert len(drawn) == 20
    assert drawn == [module for module in modules if module in drawn]
    assert drawn != modules[:20]


def test_a_folder_that_lacks_a_part_says_which(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"tokenizer.json is missing: run the stages fetch and vocabulary first"):
        pack(tmp_path, tmp_path / "file", 10)


@pytest.mark.parametrize("content", [b"", b"no archive", None])
def test_what_is_no_packed_corpus_is_refused(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "corpus.tar.xz"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(
        InputError, match=r"corpus.tar.xz cannot be read as a packed corpus \(.+\): make it by the stage"
    ):
        unpack(file, tmp_path / "state")


def test_an_archive_without_the_parts_is_refused(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "file", "w:xz"):
        pass
    with pytest.raises(InputError, match=r"cannot be read as a packed corpus \(.*not found"):
        unpack(tmp_path / "file", tmp_path / "state")
