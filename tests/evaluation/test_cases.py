from __future__ import annotations

import pytest

from diffgemma_lsp.corpus.modules import Module
from diffgemma_lsp.errors import InputError
from diffgemma_lsp.evaluation.cases import CASE_KINDS, parses, sample_cases

TEXT = "".join(
    f"def name_{index}(first, second):\n    total = first + {index}\n    if total:\n"
    "        return second\n    return total\n\n\n"
    for index in range(20)
)
MODULES = [Module("package", "good.py", TEXT), Module("package", "bad.py", "def broken(:\n" * 40)]


def test_a_case_is_a_module_with_a_piece_missing() -> None:
    cases = sample_cases(MODULES, 10, seed=0)
    assert [case.kind for case in cases] == [kind for kind in CASE_KINDS for _ in range(10)]
    for case in cases:
        assert case.path == "good.py"
        assert case.prefix + case.middle + case.suffix == TEXT
        assert case.middle.strip()


def test_a_line_is_one_line() -> None:
    lines = [case.middle for case in sample_cases(MODULES, 30, seed=1) if case.kind == "line"]
    assert all("\n" not in line.strip("\n") for line in lines)


def test_the_same_seed_gives_the_same_cases() -> None:
    assert sample_cases(MODULES, 5, seed=3) == sample_cases(MODULES, 5, seed=3)
    assert sample_cases(MODULES, 5, seed=3) != sample_cases(MODULES, 5, seed=4)


def test_too_few_modules_say_so() -> None:
    with pytest.raises(InputError, match="0 modules offer 0 cases of kind line, not 5: ask for fewer"):
        sample_cases(MODULES[1:], 5, seed=0)


@pytest.mark.parametrize(("text", "expected"), [("x = 1\n", True), ("x = \n", False), ("\0", False), ("'\\d'", True)])
def test_parsing_raises_and_warns_of_nothing(text: str, expected: bool) -> None:
    assert parses(text) is expected
