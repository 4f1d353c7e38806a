"""From bytes to text and back."""

import codecs
import re

import pytest

from diffgemma_lsp.errors import InputError
from diffgemma_lsp.text.encoding import Encoding, decode


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"", ""),
        ("größe = 😀\n".encode(), "größe = 😀\n"),
        (codecs.BOM_UTF8 + "é".encode(), "é"),
        ("é\r\n".encode("utf-16"), "é\r\n"),
        (codecs.BOM_UTF16_BE + "😀y".encode("utf-16-be"), "😀y"),
        ("# coding: latin-1\né".encode("latin-1"), "# coding: latin-1\né"),
        (
            "#!/usr/bin/python\n# -*- coding: cp1251 -*-\nю".encode("cp1251"),
            "#!/usr/bin/python\n# -*- coding: cp1251 -*-\nю",
        ),
        ("\n# vim: set fileencoding=utf8 :\né".encode(), "\n# vim: set fileencoding=utf8 :\né"),
    ],
)
def test_a_file_comes_back_as_it_was(data: bytes, text: str) -> None:
    decoded, encoding = decode(data, "file.py", reads_coding_line=True)
    assert decoded == text
    assert encoding.encode(decoded) == data


def test_a_coding_line_counts_only_in_the_first_two_lines() -> None:
    data = "\n\n# coding: latin-1\né".encode()
    assert decode(data, "file.py", reads_coding_line=True) == (data.decode(), Encoding("utf-8"))


def test_a_coding_line_counts_only_above_code() -> None:
    data = "x = 1\n# coding: latin-1\né".encode()
    assert decode(data, "file.py", reads_coding_line=True) == (data.decode(), Encoding("utf-8"))


def test_a_coding_line_does_not_count_where_the_language_has_none() -> None:
    data = "# coding: latin-1\né".encode()
    assert decode(data, "file.toml", reads_coding_line=False) == (data.decode(), Encoding("utf-8"))


def test_a_byte_order_mark_outranks_the_coding_line() -> None:
    data = codecs.BOM_UTF8 + "# coding: latin-1\né".encode()
    assert decode(data, "file.py", reads_coding_line=True)[1] == Encoding("utf-8", codecs.BOM_UTF8)


@pytest.mark.parametrize(
    ("data", "reads_coding_line", "message"),
    [
        (b"\x7fELF\0\0", False, "file is a binary file (it holds NUL bytes); name a text file"),
        ("text".encode("utf-32"), False, "file is a binary file (it holds NUL bytes); name a text file"),
        (b"abc\xff", False, "file is not utf-8 text (byte 3); save it as UTF-8"),
        (b"abc\xff", True, "file is not utf-8 text (byte 3); save it as UTF-8, or name its encoding in a coding line"),
        (codecs.BOM_UTF16_LE + b"abc", False, "file is not utf-16-le text (byte 4); save it as UTF-8"),
        (
            b"# coding: klingon",
            True,
            "file says that its encoding is 'klingon', which is no known text encoding; correct its coding line",
        ),
        (
            b"# coding: rot13",
            True,
            "file says that its encoding is 'rot13', which is no known text encoding; correct its coding line",
        ),
        (
            b"# coding: utf-7\n+AGE-",
            True,
            "file cannot be written back unchanged in utf-7; save it as UTF-8",
        ),
    ],
)
def test_a_file_that_is_no_text_says_what_it_is(data: bytes, reads_coding_line: bool, message: str) -> None:
    with pytest.raises(InputError, match=f"^{re.escape(message)}$"):
        decode(data, "file", reads_coding_line)


def test_a_character_that_the_encoding_lacks_is_named() -> None:
    message = "the file is written in iso8859-1, which has no character '→'; save the file as UTF-8 and try again"
    with pytest.raises(InputError, match=f"^{re.escape(message)}$"):
        Encoding("iso8859-1").encode("a → b")
