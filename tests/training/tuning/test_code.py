from __future__ import annotations

from pathlib import Path

import pytest
import torch

from diffgemma_lsp.errors import InputError
from diffgemma_lsp.fill.fake import FakeFiller
from diffgemma_lsp.training.dialect import Dialect
from diffgemma_lsp.training.tuning.code import KIND
from diffgemma_lsp.training.tuning.task import Request, Task
from tests.training.tuning.conftest import write_code


def opened(data: Path | None, dialect: Dialect, seed: int = 0) -> Task:
    return KIND.open(Request(data, seed, positions=600), dialect)


def test_the_same_step_has_the_same_batch(code: Path, tiny_dialect: Dialect) -> None:
    task = opened(code, tiny_dialect)
    first, again, other = task.batch(3), opened(code, tiny_dialect).batch(3), task.batch(4)
    assert torch.equal(first.ids, again.ids)
    assert not torch.equal(first.ids, other.ids)
    assert first.canvases is not None
    assert bool(first.canvases.free.any())


def test_no_held_out_text_is_learned_from(tmp_path: Path, tiny_dialect: Dialect) -> None:
    folder = write_code(tmp_path / "code")
    for number, path in enumerate(sorted(folder.iterdir())):
        path.write_text(path.read_text(encoding="utf-8").replace("total", "ABCDEF"[number] * 3), encoding="utf-8")
    task = opened(folder, tiny_dialect)
    texts = [
        tiny_dialect.tokenizer.decode(batch.ids.flatten().tolist())
        for batch in (*(task.batch(step) for step in range(30)), *task.held_out())
    ]
    marks = [{letter for letter in "ABCDEF" if letter * 3 in text} for text in texts]
    learned, held_out = set.union(*marks[:30]), set.union(*marks[30:])
    assert len(learned) == 5
    assert len(held_out) == 1
    assert not learned & held_out


def test_the_digest_is_that_of_the_files(code: Path, tiny_dialect: Dialect) -> None:
    before = opened(code, tiny_dialect).digest
    assert opened(code, tiny_dialect).digest == before
    (code / "module_1.py").write_text("def other():\n    return 1\n" * 60, encoding="utf-8")
    assert opened(code, tiny_dialect).digest != before


def test_the_summary_counts_and_names_nothing(code: Path, tiny_dialect: Dialect) -> None:
    assert opened(code, tiny_dialect).summary.startswith("5 files with ")
    assert "module" not in opened(code, tiny_dialect).summary


def test_fills_of_held_out_lines_are_measured(code: Path, tiny_dialect: Dialect) -> None:
    quality = opened(code, tiny_dialect).measure(FakeFiller())
    assert quality.cases == 16
    assert 0 <= quality.exact <= 1


def test_nothing_named_is_nothing_to_learn_from(tiny_dialect: Dialect) -> None:
    with pytest.raises(InputError, match=r"nothing to learn from: name a folder of code, or a file of JSON lines"):
        opened(None, tiny_dialect)


def test_what_is_not_there_is_nothing_to_learn_from(tmp_path: Path, tiny_dialect: Dialect) -> None:
    with pytest.raises(InputError, match=r"missing is neither a folder nor a file: name a folder of code"):
        opened(tmp_path / "missing", tiny_dialect)


@pytest.mark.parametrize(("files", "functions", "says"), [(2, 200, "holds 2 files"), (6, 10, "holds 6 files")])
def test_too_little_code_is_refused(
    tmp_path: Path, tiny_dialect: Dialect, files: int, functions: int, says: str
) -> None:
    folder = write_code(tmp_path / "code", files, functions)
    with pytest.raises(InputError, match=rf"{says} .* tuning takes 3 and 10,000 at least .* name a folder with more$"):
        opened(folder, tiny_dialect)
