from __future__ import annotations

from email.message import Message

import pytest

from diffgemma_lsp.corpus.licences import is_permissive, stated_licence


def metadata(*headers: tuple[str, str]) -> Message:
    message = Message()
    for name, value in headers:
        message[name] = value
    return message


OSI = "License :: OSI Approved"


@pytest.mark.parametrize(
    ("headers", "licence"),
    [
        ([("License-Expression", "MIT OR Apache-2.0"), ("License", "GPL")], "MIT OR Apache-2.0"),
        ([("Classifier", f"{OSI} :: BSD License"), ("Classifier", "Topic :: Internet")], "BSD"),
        ([("Classifier", OSI), ("Classifier", f"{OSI} :: MIT License"), ("License", "whatever")], "MIT"),
        ([("Classifier", f"{OSI} :: MIT License"), ("Classifier", f"{OSI} :: Zero")], "MIT AND Zero"),
        ([("License", "The MIT License")], "MIT"),
        ([("License", "Apache License, Version 2.0")], "Apache-2.0"),
        ([("License", "Apache 2.0")], "Apache-2.0"),
        ([("License", "3-Clause BSD License")], "BSD-3-Clause"),
        ([("License", "BSD-2-Clause")], "BSD-2-Clause"),
        ([("License", "ISC")], "ISC"),
        ([("License", "see LICENSE.txt")], None),
        ([], None),
    ],
)
def test_the_licence_is_what_the_most_exact_header_states(headers: list[tuple[str, str]], licence: str | None) -> None:
    assert stated_licence(metadata(*headers)) == licence


@pytest.mark.parametrize(
    "expression", ["MIT", "Apache-2.0 AND MIT", "GPL-2.0-or-later OR Apache-2.0", "MIT OR (ISC AND BSD)"]
)
def test_one_permissive_way_is_enough(expression: str) -> None:
    assert is_permissive(expression)


@pytest.mark.parametrize(
    "expression", ["GPL-3.0-only", "MIT AND GPL-3.0-only", "(MIT OR GPL-3.0-only) AND ISC", "MIT AND Zero", ""]
)
def test_what_is_not_known_as_permissive_is_not(expression: str) -> None:
    assert not is_permissive(expression)
