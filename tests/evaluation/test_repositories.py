from __future__ import annotations

from diffgemma_lsp.corpus.modules import Module
from diffgemma_lsp.evaluation.cases import Case
from diffgemma_lsp.evaluation.repositories import KINDS, Repositories, line_cases, packages_of, task_in_its_file
from diffgemma_lsp.text.precedents import Precedent

TEXT = "def find_user(name):\n    user = users.get(name)\n\n    return checked(user)\n"
MODULES = [Module("a", "one.py", TEXT), Module("a", "two.py", TEXT.replace("user", "order")), Module("b", "x.py", TEXT)]


def test_cases_are_cut_out_of_their_modules_and_are_the_same_for_the_same_seed() -> None:
    cases = list(line_cases(MODULES, 20, seed=1))
    assert cases == list(line_cases(MODULES, 20, seed=1))
    texts = {(module.package, module.path): module.text for module in MODULES}
    for case in cases:
        assert case.prefix + case.middle + case.suffix == texts[case.package, case.path]
        assert case.middle.strip()
    for kind in KINDS:
        ours = [case.middle for case in cases if case.kind == kind]
        assert len(ours) == 20
        if kind != "span":
            assert all(("\n" in middle) is (kind == "block") for middle in ours)


def test_a_task_has_precedents_of_its_own_package_only() -> None:
    start = TEXT.index("return")
    case = Case("line", "a", "one.py", TEXT[:start], TEXT[start:-1], "\n")
    repositories = Repositories(MODULES)
    found = repositories.task(case, seed=1).precedents or ()
    assert found[0] == Precedent("return checked(user)", found[0].score, "two.py", 4)
    assert all(each.path != "x.py" for each in found)
    assert repositories.task(case, seed=1).precedents == found, "the index is as it was"


def test_in_its_own_file_a_case_has_precedents_of_nothing_else() -> None:
    twice = TEXT + TEXT.replace("user", "order")
    start = twice.rindex("return")
    case = Case("line", "a", "one.py", twice[:start], twice[start:-1], "\n")
    found = task_in_its_file(case, seed=1).precedents or ()
    assert found == Repositories([Module("a", "one.py", twice)]).task(case, seed=1).precedents
    assert found[0].text == "return checked(order)"
    assert {each.path for each in found} == {"one.py"}


def test_a_middle_that_stands_nowhere_else_is_not_its_own_precedent() -> None:
    text = "alpha = read(1)\nunique_answer = 42\nomega = close(2)\n"
    case = Case("line", "c", "c.py", "alpha = read(1)\n", "unique_answer = 42", "\nomega = close(2)\n")
    task = Repositories([Module("c", "c.py", text)]).task(case, seed=0)
    assert all("unique" not in each.text for each in task.precedents or ())


def test_packages_are_chosen_by_name() -> None:
    assert {module.package for module in packages_of(MODULES, ["b"])} == {"b"}
