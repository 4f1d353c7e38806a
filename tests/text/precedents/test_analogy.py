from __future__ import annotations

import pytest

from diffgemma_lsp.text.precedents.analogy import carry_over


@pytest.mark.parametrize(
    ("text", "there", "here", "carried"),
    [
        ("return user", "user = get(1)", "item = get(1)", "return item"),
        ("return user_id", "user = 1", "item = 1", "return item_id"),
        ("save(userName)", "load(user)", "load(item)", "save(itemName)"),
        ("return other", "user = 1", "item = 1", "return other"),
        ("user + users", "def user(users):", "def item(items):", "item + items"),
        ("return user", "user = get(1)", "user = get(2)", "return user"),
        ("return user", "with open(user) as file:", "order = 1", "return user"),
        ("f'{user}: {name}'", "show(user, name)", "show(item, title)", "f'{item}: {title}'"),
        ("return user", "", "", "return user"),
    ],
)
def test_names_become_what_the_lines_around_call_them(text: str, there: str, here: str, carried: str) -> None:
    assert carry_over(text, [(there, here)]) == carried


def test_the_majority_of_the_lines_decides() -> None:
    pairs = [("a = 1", "b = 1"), ("a = 2", "c = 2"), ("f(a)", "f(c)")]
    assert carry_over("return a", pairs) == "return c"
