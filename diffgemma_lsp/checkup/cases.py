"""Twenty holes whose answers anybody who reads the code around them knows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from diffgemma_lsp.fill import Fill, Filler, FillTask, Hole
from diffgemma_lsp.fill.trimmed import trim_candidate

_SEED = 0


@dataclass(frozen=True, slots=True)
class KnownCase:
    """Text before and after a hole, and what may stand in it, blanks around it aside."""

    language: str
    prefix: str
    answers: tuple[str, ...]
    suffix: str


KNOWN_CASES = (
    KnownCase("python", "def add(a, b):\n    return a +", ("b",), "\n\n\ndef subtract(a, b):\n    return a - b\n"),
    KnownCase("python", "def is_even(number):\n    return number %", ("2 == 0",), "\n"),
    KnownCase("python", "for index in range(len(items)):\n    print(items[", ("index",), "])\n"),
    KnownCase("python", "import os\n\nname = os.", ("path",), '.join("folder", "file.txt")\n'),
    KnownCase(
        "python", "class Dog(Animal):\n    def __init__(self, name):\n        super().", ("__init__",), "(name)\n"
    ),
    KnownCase("python", "try:\n    value = int(text)\n", ("except",), " ValueError:\n    value = 0\n"),
    KnownCase("python", "with open(path) as", ("file",), ":\n    for line in file:\n        print(line)\n"),
    KnownCase(
        "python", "def first(items):\n    return items[", ("0",), "]\n\n\ndef last(items):\n    return items[-1]\n"
    ),
    KnownCase("python", "total = 0\nfor value in values:\n    total", ("+=",), " value\nprint(total)\n"),
    KnownCase("python", 'if __name__ == "', ("__main__",), '":\n    main()\n'),
    KnownCase("python", "def set_width(self, width):\n    self.width =", ("width",), "\n"),
    KnownCase("python", "from collections import", ("defaultdict",), "\n\ncounts = defaultdict(int)\n"),
    KnownCase("python", "numbers = [3, 1, 2]\nnumbers.", ("sort()",), "\nassert numbers == [1, 2, 3]\n"),
    KnownCase(
        "python", "while True:\n    line = read()\n    if not line:\n        ", ("break",), "\n    handle(line)\n"
    ),
    KnownCase(
        "javascript", "const names = people.map((person) =>", ("person.name",), ");\n// names holds person.name\n"
    ),
    KnownCase("javascript", "function square(x) {\n  return x *", ("x", "x;"), "\n}\n"),
    KnownCase("typescript", "function length(text: string):", ("number",), " {\n  return text.length;\n}\n"),
    KnownCase("go", "value, err := load()\nif err !=", ("nil",), " {\n\treturn err\n}\n"),
    KnownCase("rust", "fn double(x: i32) -> i32 {\n    x *", ("2",), "\n}\n"),
    KnownCase("c", "for (int i = 0; i < n;", ("i++", "++i"), ") {\n    sum += a[i];\n}\n"),
)


def fill_known_cases(filler: Filler) -> Iterator[bool]:
    """Yield for each case whether `filler` knows an answer to it."""
    for case in KNOWN_CASES:
        task = FillTask((case.prefix, Hole(), case.suffix), language=case.language, seed=_SEED)
        *_, fill = filler.fill(task)
        assert isinstance(fill, Fill)
        best = trim_candidate(task, fill.candidates[0], ends_file_with_newline=True)
        yield best.texts[0].strip() in case.answers
