from __future__ import annotations

import re

from diffgemma_lsp.corpus.licences import is_permissive
from diffgemma_lsp.corpus.packages import Form, Role, read_packages


def test_every_package_has_a_permissive_licence() -> None:
    assert [package for package in read_packages() if not is_permissive(package.licence)] == []


def test_every_package_is_pinned_and_has_one_role() -> None:
    packages = read_packages()
    names = [re.sub(r"[-_.]+", "-", package.name.lower()) for package in packages]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"\d+(\.\d+)+(\.post\d+)?", package.version) for package in packages)


def test_packages_are_held_out_for_evaluation_and_for_validation() -> None:
    roles = [package.role for package in read_packages()]
    assert roles.count(Role.HELD_OUT) >= 4
    assert roles.count(Role.VALIDATION) >= 2


def test_notebooks_come_from_source_distributions_that_are_trained_on() -> None:
    forms = [package.role for package in read_packages() if package.form is Form.SDIST]
    assert len(forms) >= 10
    assert set(forms) == {Role.TRAIN}
