"""Languages by file name."""

import pytest

from diffgemma_lsp.text import language_of


@pytest.mark.parametrize(
    ("path", "language"),
    [
        ("src/app.py", "python"),
        ("APP.PY", "python"),
        ("stub.pyi", "python"),
        ("view.tsx", "typescriptreact"),
        ("Makefile", "makefile"),
        ("archive.tar.rs", "rust"),
        (".py", ""),
        ("README", ""),
        ("data.unknown", ""),
        ("", ""),
    ],
)
def test_a_language_is_known_by_the_file_name(path: str, language: str) -> None:
    assert language_of(path) == language
