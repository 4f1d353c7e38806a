from __future__ import annotations

import re

from diffgemma_lsp.training.packages import PACKAGES, Role

PERMISSIVE = {"MIT", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause"}


def test_every_package_has_a_permissive_licence() -> None:
    for package in PACKAGES:
        assert set(re.split(" AND | OR ", package.licence)) <= PERMISSIVE, package


def test_every_package_is_pinned_and_has_one_role() -> None:
    names = [package.name.lower().replace("_", "-") for package in PACKAGES]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"\d+(\.\d+)+", package.version) for package in PACKAGES)


def test_packages_are_held_out_for_evaluation_and_for_validation() -> None:
    roles = [package.role for package in PACKAGES]
    assert roles.count(Role.HELD_OUT) >= 4
    assert roles.count(Role.VALIDATION) >= 2
