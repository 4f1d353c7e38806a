"""The file that says which server is asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from diffgemma_lsp.errors import ConfigError, ModelNotFoundError
from diffgemma_lsp.prompts.profile import configs_folder
from diffgemma_lsp.remote.config import Access, Limits, config_file, read_config

LEAST = 'url = "https://vllm.example.com:8000"\ncheckpoint = "owner/name"\nfolders = ["/src"]\n'


def write(folder: Path, text: str) -> Path:
    file = folder / "vllm.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_the_preset_is_read_and_asks_a_server_of_this_machine() -> None:
    config = read_config(configs_folder() / "vllm.toml")
    assert config.url == config.origin == "http://127.0.0.1:8000"
    assert config.model == config.checkpoint == "google/diffusiongemma-26B-A4B-it"
    assert config.folders == (Path.home() / "src",)
    assert (config.access, config.limits, config.fallback, config.sends_unnamed) == (Access(), Limits(), None, False)


def test_what_the_preset_shows_in_comments_is_read_too(tmp_path: Path) -> None:
    preset = (configs_folder() / "vllm.toml").read_text(encoding="utf-8")
    lines = [
        line.removeprefix("# ") if line.startswith("# ") and " = " in line else line for line in preset.split("\n")
    ]
    shown = "\n".join(line for line in lines if not line.startswith("key_env"))
    config = read_config(write(tmp_path, shown))
    assert (config.model, config.fallback, config.limits.canvas_tokens) == ("diffusiongemma", "starter", 256)
    folder = Path.home() / ".config" / "diffgemma"
    assert config.access == Access(None, folder / "vllm.key", folder / "vllm-ca.pem")


def test_little_has_to_be_said(tmp_path: Path) -> None:
    config = read_config(write(tmp_path, LEAST))
    assert (config.model, config.limits, config.access) == ("owner/name", Limits(), Access())


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (LEAST.replace('"https://vllm.example.com:8000"', "3"), r"url is 3, but it must be a string that is not empty"),
        (LEAST.replace("https:", "ftp:"), r'url is "ftp://.*", but it must be a URL such as "https://vllm.example.com'),
        (LEAST.replace(":8000", ":x"), r"it must be a URL such as"),
        (LEAST.replace("https", "http"), r"it must be https, because anyone on the way can read http; or set access"),
        (
            LEAST.replace("/src", "src"),
            r"folders is .*, but it must be a list of absolute paths, or of such that begin",
        ),
        (LEAST.replace('folders = ["/src"]', ""), r"folders is missing"),
        (LEAST + "key = 1", r"unknown key key; allowed are url, "),
        (LEAST + "access = 1", r"access is 1, but it must be a table"),
        (LEAST + '[access]\nkey_env = "A"\nkey_file = "b"', r"access.key_file is \"b\", but it must be left out where"),
        (LEAST + "[limits]\nrequests = 0", r"limits.requests is 0, but it must be a whole number from 1 to 64"),
        ("url = ", r"is not TOML: "),
    ],
)
def test_what_is_wrong_in_it_is_named(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(ConfigError, match=problem) as caught:
        read_config(write(tmp_path, text))
    assert "vllm.toml" in str(caught.value)


def test_a_password_in_the_url_is_refused_and_not_repeated(tmp_path: Path) -> None:
    text = LEAST.replace("https://", "https://me:hunter2@")
    with pytest.raises(
        ConfigError, match=r"url holds a name or a password: put the key into access\.key_file"
    ) as caught:
        read_config(write(tmp_path, text))
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:9", "[::1]:8000"])
def test_this_machine_needs_no_https(tmp_path: Path, host: str) -> None:
    assert read_config(write(tmp_path, LEAST.replace("https://vllm.example.com:8000", f"http://{host}"))).url


def test_http_is_taken_from_who_says_so(tmp_path: Path) -> None:
    text = LEAST.replace("https", "http") + "[access]\nplain_http = true\n"
    assert read_config(write(tmp_path, text)).origin == "http://vllm.example.com:8000"


def test_a_missing_file_says_where_to_write_it(tmp_path: Path) -> None:
    with pytest.raises(
        ModelNotFoundError, match=r"cannot be read \(.*\): write there which vLLM server to ask, after "
    ):
        read_config(tmp_path / "none.toml")


def test_the_users_own_file_is_asked_unless_another_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", "/conf")
    assert config_file(None) == Path("/conf/diffgemma/vllm.toml")
    monkeypatch.delenv("XDG_CONFIG_HOME")
    assert config_file(None) == Path.home() / ".config" / "diffgemma" / "vllm.toml"
    assert config_file("~/a.toml") == Path.home() / "a.toml"
