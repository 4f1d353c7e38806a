from __future__ import annotations

from pathlib import Path

import pytest

from diffgemma_lsp.errors import ModelError
from diffgemma_lsp.models.tuned import tuned_from


def test_a_checkpoint_that_was_not_tuned_says_so(tmp_path: Path) -> None:
    assert tuned_from(tmp_path) == ""


def test_a_tuned_checkpoint_names_its_base_and_the_beginning_of_its_digest(tmp_path: Path) -> None:
    (tmp_path / "tuning.json").write_text(
        '{"base": {"name": "owner/it", "digest": "0123456789abcdef"}}', encoding="utf-8"
    )
    assert tuned_from(tmp_path) == "owner/it (0123456789ab)"


@pytest.mark.parametrize("content", ["{}", '{"base": "it"}', '{"base": {"name": "it"}}'])
def test_another_record_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "tuning.json").write_text(content, encoding="utf-8")
    with pytest.raises(ModelError, match=r"tuning\.json does not say what was tuned: restore it, or remove it$"):
        tuned_from(tmp_path)
