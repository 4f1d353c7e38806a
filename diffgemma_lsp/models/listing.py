"""The checkpoints that are on this machine. Reads configurations and sizes of files, no weights."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import huggingface_hub
from huggingface_hub.errors import CacheNotFound

from diffgemma_lsp.errors import InputError, ModelError
from diffgemma_lsp.models.files import CONFIG, config_values, is_diffusion_gemma, packed_scheme, weight_files
from diffgemma_lsp.models.names import STARTER, checkpoint_here
from diffgemma_lsp.models.source import cache_folder


@dataclass(frozen=True, slots=True)
class Found:
    """A checkpoint: `name` is what `--model` takes, `scheme` what it is packed in, `problem` why it would not load."""

    name: str
    folder: Path
    nbytes: int
    scheme: str | None = None
    problem: str = ""


def checkpoints_here(folders: Iterable[Path], cache: Path | None = None) -> list[Found]:
    """Return the starter, what stands in `folders` (each a checkpoint, or holding some), and what the hub's cache has.

    Raises InputError for a folder that is none.
    """
    starter = checkpoint_here(STARTER)
    assert starter is not None
    found = [_look_at(STARTER, starter.folder)]
    for folder in folders:
        if not folder.is_dir():
            raise InputError(f"{folder} is no folder: name one that is a checkpoint, or holds some")
        places = [folder] if (folder / CONFIG).is_file() else sorted(path for path in folder.iterdir() if path.is_dir())
        found += [_look_at(str(place), place) for place in places if (place / CONFIG).is_file()]
    found += (_look_at(name, folder) for name, folder in _downloads(cache))
    return [one for one in found if one is not None]


def _downloads(cache: Path | None) -> Iterator[tuple[str, Path]]:
    """Yield the hub ids in the cache, each with its latest download."""
    try:
        cached = huggingface_hub.scan_cache_dir(cache_folder(cache))
    except (CacheNotFound, ValueError):  # a cache that is not there, or that is a file
        return
    for repository in sorted(cached.repos, key=lambda repository: repository.repo_id):
        if repository.repo_type == "model" and repository.revisions:
            latest = max(repository.revisions, key=lambda revision: revision.last_modified)
            yield repository.repo_id, latest.snapshot_path


def _look_at(name: str, folder: Path) -> Found | None:
    """Return what stands in a folder, None where it is a model of another kind."""
    if not is_diffusion_gemma(folder):
        return None
    scheme = None
    try:
        scheme = packed_scheme(config_values(folder))
        files = weight_files(folder)
    except ModelError as error:
        return Found(name, folder, 0, scheme, str(error))
    return Found(name, folder, sum(file.stat().st_size for file in files), scheme)
