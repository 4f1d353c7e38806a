from __future__ import annotations

import pytest

from diffgemma_lsp.corpus.duplicates import distinct, runs_of
from diffgemma_lsp.corpus.modules import Module


def code(*names: str) -> str:
    return "".join(f"def {name}(value):\n    return {name}_of(value)\n\n\n" for name in names)


FIRST = code(*(f"name_{index}" for index in range(20)))
OTHER = code(*(f"other_{index}" for index in range(20)))


def kept(*texts: str, secret: frozenset[int] = frozenset()) -> list[int]:
    modules = [Module("package", str(number), text) for number, text in enumerate(texts)]
    return [int(module.path) for module in distinct(modules, set(), secret)]


@pytest.mark.parametrize(
    "copy", [FIRST, FIRST.replace("    ", "\t"), "# licence\n" * 30 + FIRST, FIRST + "last = 1\n", FIRST + OTHER[:300]]
)
def test_a_copy_is_dropped_whatever_its_indentation_and_comments(copy: str) -> None:
    assert kept(FIRST, copy, OTHER) == [0, 2]


def test_a_module_that_shares_some_lines_with_another_is_kept() -> None:
    assert kept(FIRST, OTHER + FIRST[:200]) == [0, 1]


def test_less_of_a_secret_module_is_enough_to_be_dropped() -> None:
    assert kept(OTHER + FIRST[:500], secret=frozenset(runs_of(FIRST))) == []
    assert kept(OTHER, secret=frozenset(runs_of(FIRST))) == [0]


def test_a_module_shorter_than_a_run_has_one() -> None:
    assert len(runs_of("a = 1\nb = 2\n")) == 1
