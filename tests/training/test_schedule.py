from __future__ import annotations

import pytest

from diffgemma_lsp.training.schedule import LONGEST_STEP_SECONDS, Clock, Schedule


def test_the_rate_warms_up_stays_and_decays_to_zero() -> None:
    schedule = Schedule()
    rates = [schedule.rate(step / 1000) for step in range(1001)]
    assert rates[0] == pytest.approx(0.1)
    assert set(rates[10:751]) == {1.0}
    assert rates[875] == pytest.approx(0.5)
    assert rates[-1] == 0.0
    assert rates[:11] == sorted(rates[:11])
    assert rates[750:] == sorted(rates[750:], reverse=True)


def test_weights_that_were_trained_before_take_smaller_steps_throughout() -> None:
    whole, half = Schedule(), Schedule(peak=0.5)
    assert all(half.rate(share / 100) == pytest.approx(0.5 * whole.rate(share / 100)) for share in range(101))


def test_canvases_come_after_the_left_to_right_phase() -> None:
    schedule = Schedule(joint_from=0.45)
    assert not schedule.is_joint(0.449)
    assert schedule.is_joint(0.45)


def test_the_share_is_what_has_run_of_what_will() -> None:
    clock = Clock(deadline=1100.0)
    shares = [clock.tick(now) for now in (1000.0, 1025.0, 1050.0)]
    assert shares == pytest.approx([0.0, 0.25, 0.5])


def test_a_pause_does_not_count_as_training_but_the_deadline_stays() -> None:
    clock = Clock(deadline=2000.0)
    clock.tick(1000.0)
    clock.tick(1050.0)
    share = clock.tick(1750.0)
    assert clock.ran == 50.0 + LONGEST_STEP_SECONDS
    assert share == pytest.approx(110.0 / (110.0 + 250.0))


def test_a_resumed_run_counts_from_where_it_stopped() -> None:
    assert Clock(deadline=300.0, ran=100.0).tick(0.0) == pytest.approx(0.25)


def test_a_run_that_begins_after_its_deadline_is_over() -> None:
    assert Clock(deadline=10.0).tick(11.0) is None


def test_a_run_in_several_calls_goes_on_where_the_last_one_ended() -> None:
    first = Clock(deadline=50.0, total=100.0)
    assert [first.tick(now) for now in (0.0, 25.0, 49.0, 50.0)] == [0.0, 0.25, 0.49, None]
    second = Clock(deadline=1060.0, ran=first.ran, total=100.0)
    assert [second.tick(now) for now in (1000.0, 1049.0, 1050.0)] == [0.5, 0.99, None]
