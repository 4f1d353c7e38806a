from __future__ import annotations

import pytest

from diffgemma_lsp.prompts.profile import configs_folder, read_profile
from diffgemma_lsp.training.dialect import Dialect
from diffgemma_lsp.training.tuning.sizes import sizes_of
from tests.vocabularies import gemma_tokenizer

FULL_SIZE = Dialect(gemma_tokenizer(), read_profile(configs_folder() / "diffusiongemma-26B-A4B-it.toml"))


@pytest.mark.parametrize(
    ("positions", "prompts", "slots", "rows"),
    [(4608, (512, 1024), 768, 2), (2048, (512, 1024), 768, 1), (1024, (256, 512), 512, 1), (600, (244, 344), 256, 1)],
)
def test_documents_fit_the_batch(positions: int, prompts: tuple[int, int], slots: int, rows: int) -> None:
    sizes = sizes_of(FULL_SIZE, positions)
    assert (sizes.prompts, sizes.slots, sizes.rows(sizes.prompts[-1])) == (prompts, slots, rows)
    assert rows * (prompts[-1] + slots) <= positions
