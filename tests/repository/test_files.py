from __future__ import annotations

from pathlib import Path

import pytest

from diffgemma_lsp.repository.files import Repository
from diffgemma_lsp.repository.roots import rules_root, source_root

TEXT = "x = 1\n"


def write(path: Path, text: str = TEXT) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def near(file: Path) -> list[str]:
    repository = Repository.around(file)
    stamps = [stamp for stamp in repository.near(file) if stamp]
    assert all(repository.holds(stamp.path) for stamp in stamps)
    return [repository.name(stamp.path) for stamp in stamps]


def test_the_nearest_files_come_first_and_those_outside_never(tmp_path: Path) -> None:
    root = tmp_path / "root"
    (root / ".git").mkdir(parents=True)
    for name in ("z.py", "a/b/here.py", "a/b/c/deep.py", "a/near.py", "d/far.py"):
        write(root / name)
    write(tmp_path / "outside.py")
    write(root / "a" / "notes.txt")
    assert near(root / "a/b/here.py") == ["a/b/here.py", "a/b/c/deep.py", "a/near.py", "z.py", "d/far.py"]


def test_without_a_language_a_repository_holds_the_files_of_all_that_programs_are_written_in(tmp_path: Path) -> None:
    for name in ("a.py", "b.go", "c.tsx", "d.json", "e.md", "f.toml", "g.yaml", "h.css", "i.html", "j.txt", "k.env"):
        write(tmp_path / name)
    repository = Repository(tmp_path, tmp_path, language=None)
    stamps = [stamp for stamp in repository.near(tmp_path / "a.py") if stamp]
    assert [repository.name(stamp.path) for stamp in stamps] == ["a.py", "b.go", "c.tsx"]


def test_a_file_of_no_repository_has_its_folder(tmp_path: Path) -> None:
    write(tmp_path / "other.py")
    assert near(write(tmp_path / "inner" / "here.py")) == ["here.py"]


def test_a_repository_within_another_is_none_of_its_sources(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    inner = write(tmp_path / "vendored" / "inner.py")
    write(tmp_path / "vendored" / ".git", "gitdir: elsewhere\n")
    here = write(tmp_path / "here.py")
    assert near(here) == ["here.py"]
    assert near(inner) == ["inner.py"]
    assert not Repository.around(here).holds(inner)


def test_sources_are_of_the_inner_root_and_rules_of_the_outer(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    write(tmp_path / ".gitignore", "private.py\n")
    file = write(tmp_path / "part" / "here.py")
    write(tmp_path / "part" / "private.py")
    write(tmp_path / "other" / "there.py")
    part = tmp_path / "part"
    assert (source_root(file, [part]), rules_root(file, [part])) == (part, tmp_path)
    repository = Repository.around(file, [part])
    assert [stamp.path for stamp in repository.near(file) if stamp] == [file]
    assert not repository.holds(tmp_path / "other" / "there.py")


def test_a_workspace_without_git_is_a_root(tmp_path: Path) -> None:
    file = tmp_path / "a" / "here.py"
    assert source_root(file, [tmp_path]) == rules_root(file, [tmp_path]) == tmp_path
    assert source_root(file, [tmp_path / "b"]) == file.parent


def test_what_a_model_must_not_see_is_left_out(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    write(tmp_path / ".gitignore", "build/\n*.gen.py\n")
    write(tmp_path / ".diffgemmaignore", "secret_things\n")
    for name in ("build/a.py", "b.gen.py", "secret_things/c.py", ".venv/d.py", "node_modules/e.py", "env/pyvenv.cfg"):
        write(tmp_path / name)
    write(tmp_path / "env" / "f.py")
    write(tmp_path / "huge.py", "x = 1\n" * 100_000)
    (tmp_path / "link.py").symlink_to(write(tmp_path.parent / f"{tmp_path.name}-elsewhere.py"))
    (tmp_path / "loop").symlink_to(tmp_path)
    here = write(tmp_path / "here.py")
    assert near(here) == ["here.py"]
    for name in ("build/a.py", "b.gen.py", "secret_things/c.py", ".venv/d.py", "node_modules/e.py", "env/f.py"):
        assert not Repository.around(here).holds(tmp_path / name)


@pytest.mark.parametrize(
    "data",
    [b"# DO NOT EDIT\n", b"-----BEGIN RSA PRIVATE KEY-----\n", b"\0", b"# \xff\xfe\n", b"x" * 30_000],
    ids=["generated", "key", "binary", "undecodable", "minified"],
)
def test_an_unfit_text_is_none(tmp_path: Path, data: bytes) -> None:
    repository = Repository.around(tmp_path / "here.py")
    (tmp_path / "a.py").write_bytes(data)
    write(tmp_path / "b.py")
    assert [repository.text(tmp_path / name) for name in ("a.py", "b.py", "gone.py")] == [None, TEXT, None]


def test_a_folder_that_cannot_be_read_is_passed_over(tmp_path: Path) -> None:
    assert near(tmp_path / "gone" / "here.py") == []


def test_a_file_of_no_known_language_has_no_others(tmp_path: Path) -> None:
    write(tmp_path / "OTHER")
    assert near(write(tmp_path / "HERE")) == []
