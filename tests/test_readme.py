"""What the README and CI show is what there is."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_ci_runs_the_two_commands_of_the_readme() -> None:
    commands = re.findall(r"^python3 -m venv .*$", README, re.MULTILINE)
    assert len(commands) == 2
    lines = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    assert set(commands) <= set(lines)


def test_the_line_that_the_readme_fills_is_one_of_its_file() -> None:
    (file, line), *others = re.findall(r"^python3 .* infill (\S+) --lines (\d+)", README, re.MULTILINE)
    assert not others
    assert (ROOT / file).read_text(encoding="utf-8").splitlines()[int(line) - 1].strip()


def test_files_that_the_readme_links_to_exist() -> None:
    links = [link for link in re.findall(r"\]\(([^)#]+)[^)]*\)", README) if "://" not in link]
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_the_map_of_rooms_names_every_package() -> None:
    rooms = {path.parent.name for path in (ROOT / "diffgemma_lsp").glob("*/__init__.py")}
    mapped = set(re.findall(r"^  (\w+)/ ", README, re.MULTILINE))
    assert rooms <= mapped
