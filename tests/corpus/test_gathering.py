from __future__ import annotations

import json
from pathlib import Path

import pytest

from diffgemma_lsp.corpus.gathering import gather
from diffgemma_lsp.corpus.modules import load, manifest_path
from diffgemma_lsp.corpus.packages import Role
from diffgemma_lsp.errors import InputError


@pytest.fixture
def code(sources: list[str], tmp_path: Path) -> Path:
    folder = tmp_path / "code"
    folder.mkdir()
    for number, text in enumerate(sources[:40]):
        (folder / f"module_{number}.py").write_text(text, encoding="utf-8")
    (folder / "copy.py").write_text(sources[0], encoding="utf-8")
    (folder / "table.py").write_text("NUMBERS = [\n" + "    12345,\n" * 200 + "]\n", encoding="utf-8")
    return folder


def test_each_module_has_one_role_and_most_are_for_training(code: Path, tmp_path: Path) -> None:
    gather(tmp_path / "state", code)
    roles = {role: {module.text for module in load(tmp_path / "state", role)} for role in Role}
    assert {role: len(texts) for role, texts in roles.items()} == {Role.HELD_OUT: 2, Role.VALIDATION: 2, Role.TRAIN: 36}
    assert len(set.union(*roles.values())) == 40


def test_the_manifest_claims_no_licence(code: Path, tmp_path: Path) -> None:
    gather(tmp_path, code)
    manifest = json.loads(manifest_path(tmp_path).read_text(encoding="utf-8"))
    assert {(source["name"], source["licence"]) for source in manifest} == {("code", "")}


def test_a_folder_with_hardly_any_code_is_refused(tmp_path: Path, sources: list[str]) -> None:
    (tmp_path / "one.py").write_text(sources[0], encoding="utf-8")
    with pytest.raises(InputError, match=r"holds 1 Python files of hand-written code, and training takes 3 at least"):
        gather(tmp_path / "state", tmp_path)
