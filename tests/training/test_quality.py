from __future__ import annotations

import json
from pathlib import Path

import pytest

from diffgemma_lsp.cli.eval_report import report_of
from diffgemma_lsp.evaluation.cases import CASE_KINDS, Case
from diffgemma_lsp.evaluation.outcomes import Outcome
from diffgemma_lsp.fill import TokenText
from diffgemma_lsp.models.names import starter_folder
from diffgemma_lsp.training.quality import main

CARD = "# A model\n\n## Losses\n\n| a |\n\n## Quality\n\nwhat was true of other weights\n\n## Limits\n\nMany.\n"


def outcomes(fill: str, count: int) -> list[Outcome]:
    tokens = (TokenText(fill, 0.25),)
    return [
        Outcome(Case(kind, "package", f"{number}.py", "x = ", "1", "\n"), fill, steps=3, tokens=tokens)
        for kind in CASE_KINDS
        for number in range(count)
    ]


def evaluation(file: Path, count: int, shown: int) -> str:
    found = {"tiny": outcomes("1", count), "tiny, prefix only": outcomes("2", count), "empty": outcomes("", count)}
    file.write_text(json.dumps(report_of(found, 7, shown)), encoding="utf-8")
    return str(file)


@pytest.fixture
def card(tmp_path: Path) -> Path:
    file = tmp_path / "card.md"
    file.write_text(CARD, encoding="utf-8")
    return file


def write(card: Path, shown: int = 8) -> int:
    folder = card.parent
    report, examples = evaluation(folder / "a.json", 30, 0), evaluation(folder / "b.json", shown, shown)
    return main([report, examples, "--card", str(card)])


def test_the_old_section_makes_way_for_what_was_found(card: Path) -> None:
    assert write(card) == 0
    text = card.read_text(encoding="utf-8")
    assert text.startswith("# A model\n\n## Losses\n\n| a |\n\n## Quality\n\n30 holes of each kind")
    assert text.endswith("```\n\n## Limits\n\nMany.\n")
    assert "other weights" not in text
    assert "| line | tiny | 100.0 % (88.6-100.0) | 100 % | 1.00 | 3.0 |" in text
    assert "| span | prefix only | 0.0 % (0.0-11.4) | 100 % | 0.00 | 3.0 |" in text
    assert "| block | nothing | 0.0 %" in text
    assert "| 20 % to 30 %, mean 25 % | 90 | 100 % |" in text


def test_twenty_fills_are_shown_and_nothing_else(card: Path) -> None:
    write(card)
    _, shown, _ = card.read_text(encoding="utf-8").split("```")
    lines = shown.strip().split("\n")
    assert len(lines) == 3 * 20
    assert lines[:3] == ["line 0.py", "  missing '1'", "  fill    '1'"]
    assert [line.split()[0] for line in lines[::3]] == ["line"] * 8 + ["block"] * 8 + ["span"] * 4


def test_a_card_is_written_again_the_same(card: Path) -> None:
    write(card)
    first = card.read_text(encoding="utf-8")
    write(card)
    assert card.read_text(encoding="utf-8") == first


def test_a_card_without_the_section_gets_it_before_its_limits(card: Path) -> None:
    card.write_text("# A model\n\n## Limits\n\nMany.\n", encoding="utf-8")
    assert write(card) == 0
    assert card.read_text(encoding="utf-8").startswith("# A model\n\n## Quality\n\n30 holes")


def test_what_is_no_card_stays_as_it_is(card: Path, capsys: pytest.CaptureFixture[str]) -> None:
    card.write_text("# Something else\n", encoding="utf-8")
    assert write(card) == 2
    assert card.read_text(encoding="utf-8") == "# Something else\n"
    assert 'no section "## Limits"' in capsys.readouterr().err


@pytest.mark.parametrize("content", ["", "[]", '{"model": "tiny"}'])
def test_what_is_no_evaluation_is_refused(content: str, card: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = card.parent / "a.json"
    file.write_text(content, encoding="utf-8")
    assert main([str(file), str(file), "--card", str(card)]) == 2
    assert "write it by `diffgemma eval --json`" in capsys.readouterr().err
    assert card.read_text(encoding="utf-8") == CARD


def test_the_shipped_card_shows_fills_and_no_tables_among_them() -> None:
    _, shown, _ = (starter_folder() / "MODEL_CARD.md").read_text(encoding="utf-8").split("```")
    kinds = [line.split()[0] for line in shown.strip().split("\n")[::3]]
    assert len(kinds) == 20
    assert set(kinds) == set(CASE_KINDS)
