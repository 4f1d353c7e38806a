from __future__ import annotations

from pathlib import Path

import pytest

from diffgemma_lsp.fitting.command import publish, with_section

HEAD = "# What it is worth,"
OLD, NEW = f"{HEAD} once.\n[worth]\na = 1\n\n[worth.more]\nb = 1\n", f"{HEAD} now.\n[worth]\na = 2\n"
FIRST, LAST = 'name = "x"\n', "# Something else.\n[other]\nc = 3\n"


def test_a_section_comes_to_the_end_of_a_profile_that_has_none() -> None:
    assert with_section(FIRST, HEAD, NEW) == f"{FIRST}\n{NEW}"


@pytest.mark.parametrize(("before", "after"), [("", ""), ("", f"\n{LAST}"), (f"\n{LAST}", "")])
def test_a_section_replaces_the_old_one_and_nothing_else(before: str, after: str) -> None:
    assert with_section(f"{FIRST}{before}\n{OLD}{after}", HEAD, NEW) == f"{FIRST}{before}\n{NEW}{after}"


def test_a_section_is_printed_where_no_profile_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    publish(None, HEAD, NEW)
    assert capsys.readouterr().out == NEW


def test_a_section_is_written_into_a_profile(tmp_path: Path) -> None:
    profile = tmp_path / "profile.toml"
    profile.write_text(f"{FIRST}\n{OLD}", encoding="utf-8")
    publish(profile, HEAD, NEW)
    assert profile.read_text(encoding="utf-8") == f"{FIRST}\n{NEW}"
