"""Which language a file is written in, by its name."""

from __future__ import annotations

from pathlib import PurePath

# The identifiers of the language server protocol, so that a file has one name for an editor and for the command.
_BY_SUFFIX = {
    ".bash": "shellscript",
    ".c": "c",
    ".cc": "cpp",
    ".cpp": "cpp",
    ".cs": "csharp",
    ".css": "css",
    ".dart": "dart",
    ".ex": "elixir",
    ".exs": "elixir",
    ".go": "go",
    ".h": "c",
    ".hpp": "cpp",
    ".hs": "haskell",
    ".html": "html",
    ".java": "java",
    ".js": "javascript",
    ".json": "json",
    ".jsx": "javascriptreact",
    ".kt": "kotlin",
    ".lua": "lua",
    ".m": "objective-c",
    ".md": "markdown",
    ".mjs": "javascript",
    ".php": "php",
    ".pl": "perl",
    ".py": "python",
    ".pyi": "python",
    ".pyw": "python",
    ".r": "r",
    ".rb": "ruby",
    ".rs": "rust",
    ".scala": "scala",
    ".sh": "shellscript",
    ".sql": "sql",
    ".swift": "swift",
    ".toml": "toml",
    ".ts": "typescript",
    ".tsx": "typescriptreact",
    ".yaml": "yaml",
    ".yml": "yaml",
    ".zig": "zig",
}
_BY_NAME = {"dockerfile": "dockerfile", "makefile": "makefile"}
_NO_PROGRAMS = frozenset({"", "css", "html", "json", "markdown", "toml", "yaml"})


def language_of(path: str) -> str:
    """Return the language server protocol's identifier for a file of this name, empty if it is not known."""
    name = PurePath(path).name.lower()
    return _BY_NAME.get(name) or _BY_SUFFIX.get(PurePath(name).suffix, "")


def is_programming(language: str) -> bool:
    """Say whether programs are written in a language, which data, settings and prose are not."""
    return language not in _NO_PROGRAMS
