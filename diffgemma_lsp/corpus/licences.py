"""Which licence a distribution's metadata states, and whether it is one whose text may be learned from."""

from __future__ import annotations

import re
from email.message import Message

PERMISSIVE = frozenset(
    {"0BSD", "Apache-2.0", "BSD", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT", "MIT-0", "PSF-2.0", "Python-2.0"}
)
"""SPDX names, and "BSD" where the metadata does not say which of them."""

_CLASSIFIERS = {
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Python Software Foundation License": "PSF-2.0",
}
_PLAIN = (
    (re.compile(r"(the )?(expat|mit)( license)?", re.IGNORECASE), "MIT"),
    (
        re.compile(
            r"apache([- ](public|software))?([- ]licen[sc]e)?,?[- ]?(v|version)? ?\(?2(\.0)?\)?( licen[sc]e)?", re.I
        ),
        "Apache-2.0",
    ),
    (re.compile(r"(new|modified|3-clause|bsd[- ]3)[- ]?(bsd|clause)( licen[sc]e)?", re.IGNORECASE), "BSD-3-Clause"),
    (re.compile(r"bsd( licen[sc]e)?", re.IGNORECASE), "BSD"),
    (re.compile(r"isc( licen[sc]e)?", re.IGNORECASE), "ISC"),
)


def stated_licence(metadata: Message) -> str | None:
    """Return the licence expression, else what the classifiers name, else a short licence field; None if unclear."""
    expression = metadata["License-Expression"]
    if expression:
        return str(expression)
    classified = [line.rpartition("::")[2].strip() for line in metadata.get_all("Classifier", []) if _is_licence(line)]
    if classified:
        named = [_CLASSIFIERS.get(name, name) for name in classified]
        return " AND ".join(dict.fromkeys(named))
    field = str(metadata["License"] or "").strip()
    return next((name for pattern, name in _PLAIN if pattern.fullmatch(field)), field if is_permissive(field) else None)


def is_permissive(expression: str) -> bool:
    """Say whether one of the alternatives, joined by OR, consists of permissive licences only.

    With parentheses, every licence named must be permissive.
    """
    if "(" in expression:
        return all(name in PERMISSIVE for name in re.split(r" AND | OR ", expression.replace("(", "").replace(")", "")))
    return any(all(name in PERMISSIVE for name in way.split(" AND ")) for way in expression.split(" OR "))


def _is_licence(classifier: str) -> bool:
    return classifier.startswith("License ::") and not classifier.endswith("OSI Approved")
