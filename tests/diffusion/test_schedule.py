from __future__ import annotations

import pytest
import torch
from transformers.models.diffusion_gemma.generation_diffusion_gemma import LinearTemperatureScheduleLogitsProcessor

from diffgemma_lsp.diffusion.schedule import LinearTemperature


def test_the_temperature_falls_from_its_start_towards_its_end() -> None:
    schedule = LinearTemperature(0.8, 0.4)
    values = [float(schedule.at(step, 4)) for step in range(4)]
    assert values == pytest.approx([0.8, 0.7, 0.6, 0.5])


def test_the_temperature_is_that_of_transformers() -> None:
    schedule = LinearTemperature(0.8, 0.4)
    stock = LinearTemperatureScheduleLogitsProcessor(t_min=0.4, t_max=0.8, max_denoising_steps=48)
    logits = torch.tensor([[1.7, -3.1]])
    for step in range(48):
        theirs = stock(torch.tensor([[0]]), logits, torch.tensor(48 - step, dtype=torch.int32))
        assert torch.equal(logits / schedule.at(step, 48), theirs)
