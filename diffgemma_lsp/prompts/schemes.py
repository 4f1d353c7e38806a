"""The names of quantization schemes, which are known before torch is imported."""

from __future__ import annotations

# More bits first; what each keeps in which format is a table in schemes.py.
SCHEME_NAMES = ("bf16", "int8", "fp8", "int4", "nf4")
