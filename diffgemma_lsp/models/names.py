"""What a name of a checkpoint means, as far as that can be told without the hub's library."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from diffgemma_lsp.errors import ModelNotFoundError

STARTER = "starter"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A folder with a checkpoint, and the name under which it was asked for."""

    folder: Path
    name: str


def starter_folder() -> Path:
    """Return where the bundled checkpoint lies."""
    return Path(__file__).resolve().parent / STARTER


def checkpoint_here(source: str) -> Checkpoint | None:
    """Return the bundled checkpoint or the folder that `source` names, None for what may be a hub id.

    Raises ModelNotFoundError for what is none of these.
    """
    if source == STARTER:
        return Checkpoint(starter_folder(), STARTER)
    try:
        path = Path(source).expanduser()
        if path.is_dir():
            return Checkpoint(path, path.resolve().name)
        is_file = path.exists()
    except (OSError, RuntimeError) as error:
        raise ModelNotFoundError(f"{source} cannot be looked up ({error}): name a folder that you may read") from error
    if is_file:
        raise ModelNotFoundError(f"{source} is a file: name the folder that holds config.json and the weights")
    if "/" not in source:
        raise no_such_name(source)
    return None


def no_such_name(source: str) -> ModelNotFoundError:
    """Return the error for what is neither a folder nor a hub id."""
    return ModelNotFoundError(f'{source} is no folder: name one, a hub id such as "owner/name", or "{STARTER}"')
