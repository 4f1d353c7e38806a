"""The server's key."""

from __future__ import annotations

from pathlib import Path

import pytest

from diffgemma_lsp.errors import ConfigError
from diffgemma_lsp.remote.config import Access
from diffgemma_lsp.remote.key import read_key


def test_without_a_source_there_is_no_key() -> None:
    assert read_key(Access()) == ""


def test_a_key_stands_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_KEY", " s3cret\n")
    assert read_key(Access(key_env="A_KEY")) == "s3cret"
    monkeypatch.setenv("A_KEY", "")
    with pytest.raises(ConfigError, match=r"^the environment variable A_KEY is empty: put the server's key into it"):
        read_key(Access(key_env="A_KEY"))


def test_a_key_stands_in_a_private_file(tmp_path: Path) -> None:
    file = tmp_path / "key"
    with pytest.raises(ConfigError, match=r"key cannot be read \(.*\): write the server's key there"):
        read_key(Access(key_file=file))
    file.write_text("s3cret\n")
    file.chmod(0o640)
    with pytest.raises(ConfigError, match=r"key can be read by others: make it private with `chmod 600`"):
        read_key(Access(key_file=file))
    file.chmod(0o600)
    assert read_key(Access(key_file=file)) == "s3cret"


@pytest.mark.parametrize("content", [b"", b"a b", b"a\nb", "schlüssel".encode(), b"\xff"])
def test_what_is_no_key_is_refused_and_not_repeated(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "key"
    file.write_bytes(content)
    file.chmod(0o600)
    with pytest.raises(ConfigError, match=r"key holds no key: it must be one line of printable ASCII") as caught:
        read_key(Access(key_file=file))
    assert "schl" not in str(caught.value)
