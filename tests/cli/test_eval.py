from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from diffgemma_lsp.cli.main import main
from diffgemma_lsp.corpus.modules import Module, corpus_path
from diffgemma_lsp.corpus.packages import Role
from diffgemma_lsp.evaluation.cases import CASE_KINDS
from tests.checkpoints import save_checkpoint

TEXT = "".join(f"def name_{index}(first):\n    total = first + {index}\n    return total\n\n\n" for index in range(20))


@pytest.fixture
def folders(tmp_path: Path) -> tuple[str, str]:
    """A tiny checkpoint, and held-out code that is there already, so that nothing is fetched."""
    save_checkpoint(tmp_path / "tiny")
    line = json.dumps(asdict(Module("package", "a.py", TEXT)))
    corpus_path(tmp_path, Role.HELD_OUT).write_text(line + "\n", encoding="utf-8")
    return str(tmp_path / "tiny"), str(tmp_path)


def test_all_that_is_measured_is_one_object(folders: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    model, corpus = folders
    assert main(["eval", model, "--corpus", corpus, "--cases", "2", "--show", "1", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    scores = report["scores"]
    assert list(scores) == ["tiny", "tiny, left to right", "tiny, prefix only", "empty", "pass", "previous line"]
    assert all(set(row) == set(CASE_KINDS) for row in scores.values())
    line = scores["tiny"]["line"]
    assert line["cases"] == 2
    assert line["steps"] >= 1
    assert line["exact_interval"][0] <= line["exact"] <= line["exact_interval"][1]
    assert scores["empty"]["line"]["similarity"] == 0
    assert all(0 <= row["right"] <= 1 for row in report["reliability"])
    assert report["gate"]["setting"] in [row["threshold"] for row in report["gate"]["line"]]
    shown = [row["shown"] for row in report["gate"]["line"]]
    assert shown == sorted(shown, reverse=True)
    assert [example["kind"] for example in report["examples"]] == list(CASE_KINDS)


def test_the_tables_are_those_of_the_object(folders: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    model, corpus = folders
    assert main(["eval", model, "--corpus", corpus, "--cases", "2", "--show", "1"]) == 0
    scores, reliability, gate, *examples = capsys.readouterr().out.split("\n\n")
    assert len(scores.splitlines()) == 2 + 6 * len(CASE_KINDS)
    assert reliability.startswith("| confidence | tokens |")
    assert "| 0.50 (setting) |" in gate
    assert len(examples) == len(CASE_KINDS)
    assert examples[0].startswith("line a.py\n  missing '")


def test_any_folder_of_python_code_can_be_measured(
    folders: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "mine.py").write_text(TEXT, encoding="utf-8")
    arguments = ["eval", folders[0], "--corpus", str(tmp_path / "code"), "--cases", "1", "--show", "1", "--json"]
    assert main(arguments) == 0
    assert {example["path"] for example in json.loads(capsys.readouterr().out)["examples"]} == {"mine.py"}


def test_a_model_that_uses_precedents_is_measured_with_them_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("area", "volume", "weight", "height", "length", "border"):
        text = (
            f"def {name}_of(shape, scale):\n    {name} = shape.measured({name!r}) * scale\n    return round({name})\n"
        )
        (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
    assert main(["eval", "--corpus", str(tmp_path), "--cases", "4", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    names = ("starter", "starter, own file", "starter, precedents")
    alone, own, both = (sum(row["exact"] for row in report["scores"][name].values()) for name in names)
    # Files of one pattern: what a hole lacks stands in all the others.
    assert both > max(alone, own)
    assert max(row["shown"] for row in report["gate"]["line"]) > 0


@pytest.mark.parametrize(
    ("option", "value", "least"), [("--cases", "0", 1), ("--cases", "-3", 1), ("--seed", "-1", 0), ("--show", "x", 0)]
)
def test_a_number_out_of_range_is_one_sentence(
    option: str, value: str, least: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["eval", option, value]) == 2
    assert f"must be a whole number from {least} to " in capsys.readouterr().err


def test_a_model_that_is_not_there_is_refused_before_anything_is_fetched(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert main(["eval", str(tmp_path / "missing")]) == 2
    assert "missing" in capsys.readouterr().err
    assert not (tmp_path / "cache").exists()


def test_more_cases_than_there_are_is_one_sentence(
    folders: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    model, corpus = folders
    corpus_path(Path(corpus), Role.HELD_OUT).write_text("", encoding="utf-8")
    assert main(["eval", model, "--corpus", corpus, "--cases", "2"]) == 2
    assert "0 modules offer 0 cases of kind line, not 2" in capsys.readouterr().err
