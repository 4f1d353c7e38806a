"""A corpus in one small file, for a machine that reaches no package index: compressed token ids and what they need.

The file is a tar archive under xz: the vocabulary, the manifest, and per role the modules' token ids as little-endian
16-bit numbers, each module ended by `<|eos|>`, which no text is encoded to. Decoding gives the texts back exactly.
"""

from __future__ import annotations

import io
import lzma
import sys
import tarfile
from array import array
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TypeVar

from diffgemma_lsp.corpus.digests import digest
from diffgemma_lsp.corpus.modules import Module, corpus_path, load, manifest_path, save
from diffgemma_lsp.corpus.packages import Role
from diffgemma_lsp.errors import InputError
from diffgemma_lsp.training.vocabulary import EOS, load_vocabulary, tokenizer_path

MODULES_AT_ONCE = 500

T = TypeVar("T")


def pack(state: Path, file: Path, characters: int) -> int:
    """Write the corpus of a state folder, with a sample of that many characters of what is trained on.

    Returns how many token ids the file holds. Raises InputError where the folder lacks a part.
    """
    tokenizer = load_vocabulary(require(tokenizer_path(state)))
    total = 0
    partial = file.with_name(f"{file.name}.partial")
    with tarfile.open(partial, "w:xz") as archive:
        for path in (tokenizer_path(state), require(manifest_path(state))):
            archive.add(path, path.name)
        for role in Role:
            modules = load(state, role)
            ids = array("H")
            for some in _batches(sample(modules, characters) if role is Role.TRAIN else modules):
                for encoding in tokenizer.encode_batch_fast([module.text for module in some]):
                    ids.extend([*encoding.ids, EOS])
            _add(archive, _name(role), _little_endian(ids).tobytes())
            total += len(ids)
    partial.replace(file)
    return total


def unpack(file: Path, state: Path) -> None:
    """Lay out a packed corpus as the stages before training leave it; nothing is written over what is there.

    The names of packages and modules are not packed. Raises InputError for a file that is no packed corpus.
    """
    state.mkdir(parents=True, exist_ok=True)
    try:
        with tarfile.open(file, "r:xz") as archive:
            for path in (tokenizer_path(state), manifest_path(state)):
                if not path.exists():
                    path.write_bytes(_content(archive, path.name))
            for role in Role:
                if not corpus_path(state, role).exists():
                    ids = array("H", _content(archive, _name(role)))
                    save(state, role, _modules(_little_endian(ids), tokenizer_path(state)))
    except (OSError, KeyError, tarfile.TarError, lzma.LZMAError) as error:
        raise InputError(f"{file} cannot be read as a packed corpus ({error}): make it by the stage pack") from error


def require(path: Path) -> Path:
    """Return the path of a file that is there. Raises InputError."""
    if not path.exists():
        raise InputError(f"{path} is missing: run the stages fetch and vocabulary first, or name another --state")
    return path


def sample(modules: Sequence[Module], characters: int) -> list[Module]:
    """Return modules, drawn by their names' digests, whose texts have about that many characters; in their order.

    Neighbours are alike, and compress well side by side.
    """
    drawn: set[int] = set()
    left = characters
    for number in sorted(
        range(len(modules)), key=lambda number: digest([modules[number].package, modules[number].path])
    ):
        left -= len(modules[number].text)
        if left < 0:
            break
        drawn.add(number)
    return [module for number, module in enumerate(modules) if number in drawn]


def _modules(ids: array[int], vocabulary: Path) -> Iterator[Module]:
    tokenizer = load_vocabulary(vocabulary)
    for some in _batches(_split(ids)):
        for text in tokenizer.decode_batch(some, skip_special_tokens=False):
            yield Module("packed", "", text)


def _split(ids: array[int]) -> Iterator[list[int]]:
    begin = 0
    while begin < len(ids):
        end = ids.index(EOS, begin)
        yield ids[begin:end].tolist()
        begin = end + 1


def _batches(items: Iterable[T]) -> Iterator[list[T]]:
    iterator = iter(items)
    while some := list(islice(iterator, MODULES_AT_ONCE)):
        yield some


def _name(role: Role) -> str:
    return f"{role.value}.u16"


def _little_endian(ids: array[int]) -> array[int]:
    if sys.byteorder == "big":
        ids.byteswap()
    return ids


def _add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size = len(content)
    archive.addfile(entry, io.BytesIO(content))


def _content(archive: tarfile.TarFile, name: str) -> bytes:
    member = archive.extractfile(name)
    assert member is not None
    return member.read()
