"""Signals."""

from __future__ import annotations

import signal
import threading

import pytest

from diffgemma_lsp.cli.interrupts import ignore_interrupts, interruptible, stop_requests

BOTH = pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])


@BOTH
def test_a_signal_interrupts_the_block(number: signal.Signals) -> None:
    with pytest.raises(KeyboardInterrupt), interruptible():
        signal.raise_signal(number)


@BOTH
def test_what_a_signal_did_before_is_put_back(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    with interruptible():
        ignore_interrupts()
    assert signal.getsignal(number) is before


@BOTH
def test_past_the_point_of_no_return_a_signal_does_nothing(number: signal.Signals) -> None:
    with interruptible():
        ignore_interrupts()
        signal.raise_signal(number)
        assert signal.getsignal(number) is signal.SIG_IGN


def test_an_ignored_signal_stays_ignored() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with interruptible():
            signal.raise_signal(signal.SIGINT)
            assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


def test_another_thread_leaves_signals_alone() -> None:
    seen: list[object] = []

    def work() -> None:
        with interruptible():
            ignore_interrupts()
            seen.append(signal.getsignal(signal.SIGTERM))

    before = signal.getsignal(signal.SIGTERM)
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [before]


@BOTH
def test_a_request_to_stop_is_told_and_the_block_goes_on(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    with stop_requests() as is_stopped:
        assert not is_stopped()
        signal.raise_signal(number)
        assert is_stopped()
    assert signal.getsignal(number) is before


@BOTH
def test_a_second_request_to_stop_ends_the_block(number: signal.Signals) -> None:
    with stop_requests():
        signal.raise_signal(number)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(number)
