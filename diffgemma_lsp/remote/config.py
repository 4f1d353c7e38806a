"""Which vLLM server is asked, how, and with whose text: a TOML file of the user's, after `configs/vllm.toml`."""

from __future__ import annotations

import ipaddress
import os
import tomllib
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from diffgemma_lsp.errors import ConfigError, ModelNotFoundError
from diffgemma_lsp.prompts.section import Section

_TOP = ("url", "checkpoint", "model", "folders", "unnamed", "fallback", "access", "limits")
_ACCESS = ("key_env", "key_file", "certificate", "plain_http")
_LIMITS = ("connect_seconds", "answer_seconds", "requests", "retries", "canvas_tokens")
_MOST_CANVAS_TOKENS = 4096


@dataclass(frozen=True, slots=True)
class Access:
    """How a server is trusted, and how it trusts us.

    Its key stands in the environment variable `key_env` or in `key_file`; `certificate` is a file with the authority
    that signed the server's, None for those that the system trusts.
    """

    key_env: str | None = None
    key_file: Path | None = None
    certificate: Path | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """How long and how often a server is asked.

    `connect_seconds` bound a connection, `answer_seconds` one answer. At most `requests` are under way at once; one
    that finds the server overloaded is tried `retries` times more. `canvas_tokens` is the canvas that the server was
    started with, None for the profile's.
    """

    connect_seconds: float = 5.0
    answer_seconds: float = 60.0
    requests: int = 8
    retries: int = 3
    canvas_tokens: int | None = None


@dataclass(frozen=True, slots=True)
class RemoteConfig:
    """A server at `url` that serves `model`, and the `checkpoint` (a folder or a hub id) that it was started with.

    Only documents in `folders`, all absolute, are sent; those without a path only if `sends_unnamed`. `fallback` names
    a model of this machine that fills while the server does not, None for none. `file` is where all of this stands.
    """

    file: Path
    url: str
    checkpoint: str
    model: str
    folders: tuple[Path, ...]
    sends_unnamed: bool
    fallback: str | None
    access: Access
    limits: Limits

    @property
    def origin(self) -> str:
        """Where text goes: scheme, host and port."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}"


def config_file(name: str | None) -> Path:
    """Return the file that `--model` names, or else the user's own."""
    if name is not None:
        return Path(name).expanduser()
    given = Path(os.environ.get("XDG_CONFIG_HOME", ""))
    return (given if given.is_absolute() else Path.home() / ".config") / "diffgemma" / "vllm.toml"


def read_config(file: Path) -> RemoteConfig:
    """Return what a file says. Raises ModelNotFoundError where there is none, ConfigError for anything wrong in it."""
    try:
        values = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ModelNotFoundError(
            f"{file} cannot be read ({error.strerror}): write there which vLLM server to ask, after configs/vllm.toml,"
            " or name such a file with --model"
        ) from error
    except ValueError as error:  # both TOML and UTF-8
        raise ConfigError(f"{file} is not TOML: {error}") from error
    top = Section(file, "", values).only(_TOP)
    access = _table(top, "access", _ACCESS)
    checkpoint = top.text("checkpoint")
    return RemoteConfig(
        file=file,
        url=_url(top, allows_plain_http=access.flag("plain_http") if "plain_http" in access.values else False),
        checkpoint=checkpoint,
        model=top.optional_text("model") or checkpoint,
        folders=_folders(top),
        sends_unnamed=top.flag("unnamed") if "unnamed" in top.values else False,
        fallback=top.optional_text("fallback"),
        access=_access(access),
        limits=_limits(_table(top, "limits", _LIMITS)),
    )


def _table(top: Section, key: str, keys: tuple[str, ...]) -> Section:
    table = top.section(key) if key in top.values else Section(top.path, key, {})
    return table.only(keys)


def _url(top: Section, *, allows_plain_http: bool) -> str:
    wanted = 'a URL such as "https://vllm.example.com:8000"'
    url = top.text("url").rstrip("/")
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise top.error("url", wanted) from None
    if parts.scheme not in ("http", "https") or not host or parts.query or parts.fragment:
        raise top.error("url", wanted)
    if parts.username is not None or parts.password is not None:
        # The value holds a secret, so the message does not.
        raise ConfigError(f"{top.path}: url holds a name or a password: put the key into access.key_file instead")
    if parts.scheme == "http" and not allows_plain_http and not _is_loopback(host):
        raise top.error("url", "https, because anyone on the way can read http; or set access.plain_http to true")
    return url


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _folders(top: Section) -> tuple[Path, ...]:
    folders = tuple(Path(folder).expanduser() for folder in top.texts("folders"))
    if not all(folder.is_absolute() for folder in folders):
        raise top.error("folders", "a list of absolute paths, or of such that begin with ~")
    return folders


def _access(section: Section) -> Access:
    key_env, key_file, certificate = map(section.optional_text, ("key_env", "key_file", "certificate"))
    if key_env and key_file:
        raise section.error("key_file", "left out where access.key_env is given, because there is one key")
    return Access(
        key_env,
        None if key_file is None else Path(key_file).expanduser(),
        None if certificate is None else Path(certificate).expanduser(),
    )


def _limits(section: Section) -> Limits:
    given = section.values
    usual = Limits()
    return Limits(
        section.number("connect_seconds", 600) if "connect_seconds" in given else usual.connect_seconds,
        section.number("answer_seconds", 3600) if "answer_seconds" in given else usual.answer_seconds,
        section.integer("requests", 1, 64) if "requests" in given else usual.requests,
        section.integer("retries", 0, 10) if "retries" in given else usual.retries,
        section.integer("canvas_tokens", 8, _MOST_CANVAS_TOKENS) if "canvas_tokens" in given else None,
    )
