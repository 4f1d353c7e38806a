"""Where a checkpoint stands: bundled with the package, in a folder, or on the hub and then in its cache."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from fnmatch import fnmatch
from pathlib import Path

import huggingface_hub
from huggingface_hub import constants, errors

from diffgemma_lsp.errors import ModelError, ModelNotFoundError
from diffgemma_lsp.models.disk import free_disk
from diffgemma_lsp.models.files import CONFIG, weight_files
from diffgemma_lsp.models.names import Checkpoint, checkpoint_here, no_such_name
from diffgemma_lsp.models.sizes import size
from diffgemma_lsp.prompts.profile import PROFILE

# What a checkpoint is made of. No pickles and no Python: neither is ever needed, and both could run code.
_PATTERNS = ["*.json", "*.safetensors", PROFILE]
_TOKENIZER = "tokenizer.json"
_TIMEOUT_SECONDS = 10.0


def find_checkpoint(
    source: str, cache: Path | None = None, endpoint: str | None = None, free: Callable[[Path], int] = free_disk
) -> Checkpoint:
    """Return the checkpoint that `source` names: "starter", a folder, or a hub id, which is downloaded if need be.

    `cache` and `endpoint` are the hub's own unless given; `free` tells the free bytes of a folder's disk. Raises
    ModelNotFoundError when nothing is there, or when it finds no room here.
    """
    found = find_downloaded(source, cache)
    if found is not None:
        return found
    return Checkpoint(_downloaded(source, _PATTERNS, cache, endpoint, free), source)


def find_downloaded(source: str, cache: Path | None = None) -> Checkpoint | None:
    """Return the checkpoint that `source` names, None for a hub id that would have to be downloaded first.

    Asks no network. Raises ModelNotFoundError when `source` can name nothing.
    """
    here = checkpoint_here(source)
    if here is not None:
        return here
    try:
        folder = _cached(source, cache)
    except errors.HFValidationError:
        raise no_such_name(source) from None
    return None if folder is None else Checkpoint(folder, source)


def find_tokenizer(source: str, cache: Path | None = None, endpoint: str | None = None) -> Path:
    """Return the tokenizer.json of the checkpoint that `source` names; of a hub id nothing else is downloaded.

    Raises ModelNotFoundError when nothing is there.
    """
    here = checkpoint_here(source)
    if here is not None:
        return here.folder / _TOKENIZER
    try:
        found = huggingface_hub.try_to_load_from_cache(source, _TOKENIZER, cache_dir=cache)
        return (
            Path(found) if isinstance(found, str) else _downloaded(source, [_TOKENIZER], cache, endpoint) / _TOKENIZER
        )
    except errors.HFValidationError:
        raise no_such_name(source) from None


def _cached(hub_id: str, cache: Path | None) -> Path | None:
    """Return the complete download of an earlier time, so that nothing that is here asks the network."""
    try:
        folder = huggingface_hub.snapshot_download(
            hub_id, cache_dir=cache, allow_patterns=_PATTERNS, local_files_only=True
        )
        weight_files(Path(folder))
    except (errors.LocalEntryNotFoundError, ModelError):
        return None
    return Path(folder) if Path(folder, _TOKENIZER).is_file() else None


def _downloaded(
    hub_id: str,
    patterns: Sequence[str],
    cache: Path | None,
    endpoint: str | None,
    free: Callable[[Path], int] = free_disk,
) -> Path:
    """Download the files that are not here yet, one after the other, and return the folder that holds all.

    The library's own loop has threads, which Ctrl-C does not end before they are through with their files.
    """
    with _told(hub_id):
        # Said at once where it cannot be asked: a download is tried again and again.
        api = huggingface_hub.HfApi(endpoint)
        info = api.model_info(hub_id, files_metadata=True, timeout=_TIMEOUT_SECONDS)
        missing = _missing(info, patterns, cache)
        _require_room(hub_id, sum(missing.values()), cache_folder(cache), free)
        for name in sorted(missing):
            huggingface_hub.hf_hub_download(
                hub_id,
                name,
                revision=info.sha,
                cache_dir=cache,
                endpoint=endpoint,
                etag_timeout=_TIMEOUT_SECONDS,
                force_download=_cached_file(info, name, cache) is not None,
            )
        # Nothing is left to be downloaded, but the folder has to be noted as the latest.
        return Path(
            huggingface_hub.snapshot_download(hub_id, cache_dir=cache, allow_patterns=[*patterns], endpoint=endpoint)
        )


def download_size(hub_id: str, cache: Path | None = None, endpoint: str | None = None) -> int:
    """Return how many bytes of a hub id are not here yet.

    Raises ModelNotFoundError when it is unknown, gated or out of reach.
    """
    api = huggingface_hub.HfApi(endpoint)
    with _told(hub_id):
        info = api.model_info(hub_id, files_metadata=True, timeout=_TIMEOUT_SECONDS)
        api.auth_check(hub_id)
    return sum(_missing(info, _PATTERNS, cache).values())


def _missing(info: huggingface_hub.ModelInfo, patterns: Sequence[str], cache: Path | None) -> dict[str, int]:
    """Return the files that one of `patterns` fits and that are not here yet in full, with their bytes."""
    missing: dict[str, int] = {}
    for file in info.siblings or ():
        if any(fnmatch(file.rfilename, pattern) for pattern in patterns):
            here = _cached_file(info, file.rfilename, cache)
            if here is None or file.size not in {None, here.stat().st_size}:
                missing[file.rfilename] = file.size or 0
    return missing


def _cached_file(info: huggingface_hub.ModelInfo, name: str, cache: Path | None) -> Path | None:
    found = huggingface_hub.try_to_load_from_cache(info.id, name, cache, info.sha)
    return Path(found) if isinstance(found, str) else None


def _require_room(hub_id: str, needed: int, folder: Path, free: Callable[[Path], int]) -> None:
    left = free(folder)
    if needed > left:
        raise ModelNotFoundError(
            f"{hub_id} needs {size(needed)} in {folder}, where {size(left)} are free: make room, or set HF_HOME to"
            " another folder"
        )


def fetch_config(hub_id: str, cache: Path | None = None, endpoint: str | None = None) -> Path:
    """Return a folder with the configuration and profile of a hub id, but no weights. Raises ModelNotFoundError."""
    return _downloaded(hub_id, [CONFIG, PROFILE], cache, endpoint)


def cache_folder(cache: Path | None = None) -> Path:
    """Return where downloads go."""
    return cache or Path(constants.HF_HUB_CACHE)


@contextmanager
def _told(hub_id: str) -> Iterator[None]:
    """Let what can go wrong with the hub be a sentence."""
    try:
        yield
    except errors.HFValidationError:
        raise no_such_name(hub_id) from None
    except errors.GatedRepoError as error:
        raise ModelNotFoundError(
            f"{hub_id} is gated: accept its terms on its hub page, and log in with `hf auth login`"
        ) from error
    except errors.RepositoryNotFoundError as error:
        raise ModelNotFoundError(
            f"{hub_id} is neither a folder nor a model on the hub: check the spelling, or log in if it is private"
        ) from error
    # HTTPError is that of httpx or of its successor, by the hub's version.
    except (
        errors.OfflineModeIsEnabled,
        errors.LocalEntryNotFoundError,
        errors.HTTPError,  # type: ignore[attr-defined]
    ) as error:
        raise ModelNotFoundError(
            f"{hub_id} is neither a folder nor reachable as a hub id ({type(error.__cause__ or error).__name__}):"
            " connect to the network, or download it elsewhere and name its folder"
        ) from error
    except OSError as error:
        if error.strerror is None:  # not the system's, but the library's: a file has not the length that it should have
            reason = str(error).partition("\n")[0]
            raise ModelNotFoundError(f"{hub_id} cannot be downloaded ({reason}): try again later") from error
        raise ModelNotFoundError(
            f"{hub_id} cannot be downloaded ({error.strerror}): make room, or set HF_HOME to another folder"
        ) from error
