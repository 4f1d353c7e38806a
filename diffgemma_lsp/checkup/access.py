"""Whether a checkpoint is here or can be had, asked before torch is imported."""

from __future__ import annotations

from pathlib import Path

from diffgemma_lsp.checkup.result import Result
from diffgemma_lsp.errors import ModelNotFoundError
from diffgemma_lsp.models.disk import free_disk
from diffgemma_lsp.models.files import config_values, weight_files
from diffgemma_lsp.models.sizes import size
from diffgemma_lsp.models.source import cache_folder, download_size, find_downloaded


def check_access(model: str, cache: Path | None = None, endpoint: str | None = None) -> Result:
    """Return where the checkpoint `model` is, without which nothing else can be checked.

    Raises ModelNotFoundError where it is not here, which says whether it could be, ModelError where it is incomplete
    or of another kind.
    """
    found = find_downloaded(model, cache)
    free = free_disk(cache_folder(cache))
    if found is None:
        needed = download_size(model, cache, endpoint)
        fits = "" if needed <= free else f", {size(needed - free)} too few"
        raise ModelNotFoundError(
            f"{model} is not here: {size(needed)} would be downloaded, {size(free)} are free{fits};"
            f" run `diffgemma model pull {model}`"
        )
    config_values(found.folder)
    nbytes = sum(file.stat().st_size for file in weight_files(found.folder))
    return Result(f"{size(nbytes)} of weights in {found.folder}; {size(free)} free where downloads go")
