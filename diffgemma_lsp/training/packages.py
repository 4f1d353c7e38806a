"""The packages whose text the starter checkpoint learns from, and those that it must never see."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Role(Enum):
    """What a package's text is used for."""

    TRAIN = "train"
    VALIDATION = "validation"
    """The loss is logged on it while training."""
    HELD_OUT = "held-out"
    """Only the evaluation reads it: neither the vocabulary nor the weights ever see it."""


@dataclass(frozen=True, slots=True)
class Package:
    """One pinned distribution of the package index, with the licence that its metadata states."""

    name: str
    version: str
    licence: str
    role: Role = Role.TRAIN


PACKAGES: tuple[Package, ...] = (
    Package("aiohttp", "3.14.5", "Apache-2.0 AND MIT"),
    Package("alembic", "1.20.1", "MIT"),
    Package("anyio", "4.16.0", "MIT"),
    Package("attrs", "26.1.0", "MIT"),
    Package("babel", "2.18.0", "BSD-3-Clause"),
    Package("celery", "5.7.0", "BSD-3-Clause"),
    Package("click", "8.5.1", "BSD-3-Clause"),
    Package("dask", "2026.8.0", "BSD-3-Clause"),
    Package("distributed", "2026.8.0", "BSD-3-Clause"),
    Package("django", "5.2.19", "BSD-3-Clause"),
    Package("fastapi", "0.165.0", "MIT"),
    Package("flask", "3.1.3", "BSD-3-Clause"),
    Package("fsspec", "2026.9.0", "BSD-3-Clause"),
    Package("gunicorn", "27.0.1", "MIT"),
    Package("httpx", "0.28.1", "BSD-3-Clause"),
    Package("ipython", "9.18.1", "BSD-3-Clause"),
    Package("jedi", "0.20.1", "MIT"),
    Package("jinja2", "3.1.6", "BSD-3-Clause"),
    Package("jupyter_client", "8.10.0", "BSD-3-Clause"),
    Package("keras", "3.15.1", "Apache-2.0"),
    Package("kombu", "5.7.0", "BSD-3-Clause"),
    Package("marshmallow", "4.4.0", "MIT"),
    Package("mypy", "2.4.1", "MIT"),
    Package("nbconvert", "7.17.2", "BSD-3-Clause"),
    Package("networkx", "3.6.1", "BSD-3-Clause"),
    Package("nltk", "3.10.4", "Apache-2.0"),
    Package("packaging", "26.3", "Apache-2.0 OR BSD-2-Clause"),
    Package("parso", "0.8.7", "MIT"),
    Package("pydantic", "2.14.3", "MIT"),
    Package("pytest", "9.2.0", "MIT"),
    Package("requests", "2.34.2", "Apache-2.0"),
    Package("rich", "15.0.0", "MIT"),
    Package("scrapy", "2.19.0", "BSD-3-Clause"),
    Package("setuptools", "84.2.1", "MIT"),
    Package("sphinx", "9.0.4", "BSD-2-Clause"),
    Package("sqlalchemy", "2.1.9", "MIT"),
    Package("starlette", "1.10.0", "BSD-3-Clause"),
    Package("sympy", "1.14.0", "BSD-3-Clause"),
    Package("tornado", "6.6.1", "Apache-2.0"),
    Package("tox", "4.67.13", "MIT"),
    Package("twisted", "26.10.0", "MIT"),
    Package("virtualenv", "21.15.7", "MIT"),
    Package("websockets", "17.4", "BSD-3-Clause"),
    Package("werkzeug", "3.1.9", "BSD-3-Clause"),
    Package("xarray", "2026.9.0", "Apache-2.0"),
    Package("isort", "9.0.2", "MIT", Role.VALIDATION),
    Package("mako", "1.4.3", "MIT", Role.VALIDATION),
    Package("uvicorn", "0.54.0", "BSD-3-Clause", Role.VALIDATION),
    Package("docker", "7.2.0", "Apache-2.0", Role.HELD_OUT),
    Package("jsonschema", "4.26.0", "MIT", Role.HELD_OUT),
    Package("prompt_toolkit", "3.0.53", "BSD-3-Clause", Role.HELD_OUT),
    Package("traitlets", "5.16.1", "BSD-3-Clause", Role.HELD_OUT),
    Package("trio", "0.35.0", "MIT OR Apache-2.0", Role.HELD_OUT),
    Package("urllib3", "2.8.0", "MIT", Role.HELD_OUT),
)
