from __future__ import annotations

import hashlib
import sys
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from diffgemma_lsp.corpus.downloads import download
from diffgemma_lsp.corpus.packages import Form, Package
from diffgemma_lsp.errors import InputError
from tests.corpus.archives import write_sdist

PACKAGE = Package("kept", "1.0", "MIT", form=Form.SDIST)


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of a package index that is served, and that downloads are asked of."""
    folder = tmp_path / "index"
    folder.mkdir()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{server.server_port}/")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    yield folder
    server.shutdown()
    server.server_close()


def publish(index: Path, archive: Path, digest: str | None = None) -> None:
    """Put an archive into the index beside a wheel and an older version."""
    project = index / "kept"
    project.mkdir()
    archive.rename(project / archive.name)
    digest = digest or hashlib.sha256((project / archive.name).read_bytes()).hexdigest()
    names = ("kept-0.9.tar.gz", "kept-1.0-py3-none-any.whl", archive.name)
    links = "".join(f'<a href="{name}#sha256={digest}">{name}</a>' for name in names)
    (project / "index.html").write_text(f"<!DOCTYPE html><html><body>{links}</body></html>", encoding="utf-8")


def test_a_source_distribution_comes_as_it_is_and_once(index: Path, tmp_path: Path) -> None:
    archive = write_sdist(tmp_path / "made", PACKAGE, {"kept.py": "x = 1\n"})
    content = archive.read_bytes()
    publish(index, archive)
    path = download(PACKAGE, tmp_path / "packages")
    assert (path.name, path.read_bytes()) == ("kept-1.0.tar.gz", content)
    (index / "kept" / "index.html").unlink()
    assert download(PACKAGE, tmp_path / "packages") == path


def test_a_file_that_was_changed_on_its_way_is_refused_and_not_kept(index: Path, tmp_path: Path) -> None:
    publish(index, write_sdist(tmp_path / "made", PACKAGE, {"kept.py": "x = 1\n"}), digest="0" * 64)
    with pytest.raises(InputError, match=r"kept==1\.0 could not be downloaded .*: check the network"):
        download(PACKAGE, tmp_path / "packages")
    assert list((tmp_path / "packages").rglob("*.tar.gz")) == []


def test_an_index_without_the_package_says_so(index: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"kept==1\.0 could not be downloaded"):
        download(PACKAGE, tmp_path / "packages")


def test_a_version_without_sources_says_so(index: Path, tmp_path: Path) -> None:
    publish(index, write_sdist(tmp_path / "made", PACKAGE, {}))
    later = Package("kept", "2.0", "MIT", form=Form.SDIST)
    with pytest.raises(InputError, match=r"has no source distribution \(.tar.gz\) of kept==2.0: correct packages.tsv"):
        download(later, tmp_path / "packages")


def test_an_environment_without_what_training_needs_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pypi_simple", None)
    with pytest.raises(InputError, match=r"fetching needs pypi_simple: run pip install 'diffgemma-lsp\[train\]'"):
        download(PACKAGE, tmp_path)
