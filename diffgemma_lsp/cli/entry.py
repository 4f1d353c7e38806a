"""Where a process begins. It imports nothing before an interrupt can end it without a traceback.

An interrupt in the milliseconds before, in which the interpreter itself starts, cannot be helped from here.
"""

from __future__ import annotations

import signal


def diffgemma() -> int:
    """Run `diffgemma`, and return its exit code."""
    _let_interrupts_end_us()
    from diffgemma_lsp.cli.main import main

    return main()


def diffgemma_lsp() -> int:
    """Run `diffgemma-lsp`, and return its exit code."""
    _let_interrupts_end_us()
    from diffgemma_lsp.cli.serve import main

    return main()


def _let_interrupts_end_us() -> None:
    """Let Ctrl-C do what it does to any other program; the command asks for exceptions once it can handle them."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
