from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from diffgemma_lsp.cli.main import main as diffgemma
from diffgemma_lsp.errors import InputError
from diffgemma_lsp.training.__main__ import main
from diffgemma_lsp.training.options import deadline

NOON = datetime(2026, 5, 4, 12, 0)


def test_training_ends_at_the_next_such_time_of_day() -> None:
    assert deadline("13:30", None, NOON) == datetime(2026, 5, 4, 13, 30)
    assert deadline("11:30", None, NOON) == datetime(2026, 5, 5, 11, 30)


def test_training_ends_after_some_minutes() -> None:
    assert deadline(None, 90, NOON) == datetime(2026, 5, 4, 13, 30)


def test_what_is_no_time_of_day_is_refused() -> None:
    with pytest.raises(InputError, match=r'"25:00" is no time of day: write --until HH:MM, such as 23:30'):
        deadline("25:00", None, NOON)


def test_training_without_an_end_is_refused() -> None:
    with pytest.raises(InputError, match=r"training needs an end: say --until HH:MM or --minutes N"):
        deadline(None, None, NOON)


def test_what_the_user_has_to_mend_is_one_sentence_and_exit_code_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["vocabulary", "--state", str(tmp_path)]) == 2
    out, err = capsys.readouterr()
    assert not out
    assert err.count("\n") == 1
    assert "run the stage fetch first" in err


def test_compiling_without_a_compiler_is_refused(
    state: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CXX", "no-such-compiler")
    assert main(["train", "--state", str(state), "--minutes", "1", "--device", "cpu", "--compile"]) == 2
    assert "--compile needs a C++ compiler, and there is no no-such-compiler" in capsys.readouterr().err


def test_the_vocabulary_is_made_from_the_training_modules(state: Path) -> None:
    path = state / "tokenizer.json"
    path.unlink()
    assert main(["vocabulary", "--state", str(state)]) == 0
    assert path.exists()


def test_export_says_that_there_is_nothing_to_export(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", "--state", str(state), "--to", str(state / "starter")]) == 2
    assert "holds no checkpoint yet" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("stage", "option"), [("pack", "--out FILE"), ("call", "--out FOLDER"), ("away", "--over COMMAND")]
)
def test_a_stage_asks_for_what_it_needs(
    state: Path, capsys: pytest.CaptureFixture[str], stage: str, option: str
) -> None:
    assert main([stage, "--state", str(state)]) == 2
    assert f"the stage {stage} needs more: add {option}" in capsys.readouterr().err


def test_all_makes_a_checkpoint_of_a_folder_of_code_that_fills(
    sources: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, state = tmp_path / "code", tmp_path / "state"
    code.mkdir()
    for number, text in enumerate(sources[:6]):
        (code / f"module_{number}.py").write_text(text, encoding="utf-8")
    arguments = ["--state", str(state), "--code", str(code), "--minutes", "0.02", "--processes", "1"]
    assert main(["all", *arguments]) == 0
    checkpoint = state / "checkpoint"
    assert f"try it by diffgemma infill FILE --lines N --model {checkpoint}" in capsys.readouterr().out
    card = (checkpoint / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert "MB of Python from code, whose licences nobody has looked at" in card
    (tmp_path / "file.py").write_text("x = 1\ny = 2\n", encoding="utf-8")
    assert (
        diffgemma(["infill", str(tmp_path / "file.py"), "--lines", "2", "--steps", "1", "--model", str(checkpoint)])
        == 0
    )
