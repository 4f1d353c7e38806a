from __future__ import annotations

import pytest

from diffgemma_lsp.corpus.selection import TESTS_KEPT, is_test, is_worth_reading

CODE = "".join(f"def name_{chr(97 + i)}(value):\n    return value + other_{chr(97 + i)}\n\n\n" for i in range(20))


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("package/_vendor/module.py", CODE),
        ("package/third_party/module.py", CODE),
        ("package/short.py", "a = 1\n"),
        ("package/made.py", "# This file is auto-generated.\n" + CODE),
        ("package/other_licence.py", "# Licensed under the GNU General Public License, version 3.\n" + CODE),
        ("package/benchmark.py", CODE + "def load_humaneval():\n    pass\n"),
        ("package/long.py", CODE + "x = '" + "a" * 500 + "'\n"),
        ("package/table.py", "TABLE = (\n" + "    1234, 5678, 9012,\n" * 100 + ")\n"),
        ("package/names.py", "NAMES = (\n" + "    'Aaliyah',\n    ('Bo', 'Cy'),\n" * 100 + ")\n"),
    ],
)
def test_what_teaches_little_or_must_not_be_learned_is_not_read(path: str, text: str) -> None:
    assert not is_worth_reading(path, text)


@pytest.mark.parametrize("path", ["package/testimony.py", "package/latest.py", "package/contest/rules.py"])
def test_a_module_written_by_hand_is_read(path: str) -> None:
    assert not is_test(path)
    assert is_worth_reading(path, CODE)


@pytest.mark.parametrize(
    "path",
    ["a/tests/b.py", "a/_tests/b.py", "test/b.py", "a/testing/b.py", "a/test_b.py", "a/b_test.py", "a/conftest.py"],
)
def test_a_test_is_known_by_its_folder_or_its_name(path: str) -> None:
    assert is_test(path)


def test_few_of_the_tests_are_read() -> None:
    read = sum(is_worth_reading(f"package/tests/test_{number}.py", CODE) for number in range(800))
    assert read == pytest.approx(800 / TESTS_KEPT, rel=0.3)
