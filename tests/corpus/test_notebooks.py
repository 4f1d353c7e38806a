from __future__ import annotations

import json
from typing import Any

import pytest

from diffgemma_lsp.corpus.notebooks import code_of


def notebook(*sources: str | list[str], **metadata: Any) -> str:
    cells = [{"cell_type": "code", "source": source, "outputs": [{"text": "secret"}]} for source in sources]
    cells.insert(1, {"cell_type": "markdown", "source": "# About"})
    return json.dumps({"nbformat": 4, "metadata": metadata, "cells": cells})


def test_the_code_cells_become_a_module_in_their_order() -> None:
    text = notebook(["import math\n", "\n", "x = 1"], "y = math.sqrt(x)\n", kernelspec={"language": "python"})
    assert code_of(text) == "import math\n\nx = 1\n\ny = math.sqrt(x)\n"


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("%matplotlib inline\nx = 1", "x = 1\n"),
        ("!pip install thing\nx = 1", "x = 1\n"),
        ("x = 1\nlen?\n?len", "x = 1\n"),
        ("x = 1  # is it?\n# Why?", "x = 1  # is it?\n# Why?\n"),
        ("x = 'a %s' \\\n    % (y,)", "x = 'a %s' \\\n    % (y,)\n"),
        ("%%bash\nls = 1", ""),
        ("SELECT a FROM b", ""),
        ("x = '\0'", ""),
        ("%load_ext thing", ""),
    ],
)
def test_what_only_ipython_understands_is_left_out(source: str, code: str) -> None:
    assert code_of(notebook(source)) == code


@pytest.mark.parametrize("metadata", [{"kernelspec": {"language": "R"}}, {"language_info": {"name": "julia"}}])
def test_a_notebook_in_another_language_has_no_code(metadata: dict[str, Any]) -> None:
    assert code_of(notebook("x = 1", **metadata)) == ""


@pytest.mark.parametrize("text", ["", "no JSON", "[]", "{}", '{"metadata": {}, "cells": [1]}', '{"worksheets": []}'])
def test_a_text_that_is_no_notebook_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"Expecting value|is no notebook"):
        code_of(text)
