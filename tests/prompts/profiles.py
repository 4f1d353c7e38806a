"""Small model profiles for the tokenizers in `tests.vocabularies`."""

from __future__ import annotations

from diffgemma_lsp.prompts.profile import CanvasBudget, ContextBudget, ModelProfile, Sampling, TokenNames


def raw_profile(*, prompt_tokens: int = 64, suffix_tokens: int = 16, max_length: int = 48) -> ModelProfile:
    """Return a profile like the starter's: a filler decides lengths."""
    return ModelProfile(
        name="small",
        prompt="raw",
        follows_instructions=False,
        tokens=TokenNames("<|bos|>", ("<|eos|>",), (), "<|filler|>", "<|suffix|>", "<|prefix|>"),
        canvas=CanvasBudget(max_length, (4, 8, 16), prefix_tail_tokens=6, suffix_head_tokens=8),
        sampling=Sampling(1, 6, 0.5, 0.8, 0.4, 1, 0.02),
        context=ContextBudget(prompt_tokens, suffix_tokens),
    )


def chat_profile(*, prompt_tokens: int = 256, suffix_tokens: int = 32, max_length: int = 48) -> ModelProfile:
    """Return a profile like that of the 26B model: no filler, so several lengths compete."""
    return ModelProfile(
        name="small-chat",
        prompt="chat",
        follows_instructions=True,
        tokens=TokenNames("<bos>", ("<eos>", "<turn|>"), ("<pad>", "<|turn>", "<|channel>"), None, None, None),
        canvas=CanvasBudget(max_length, (4, 8, 16), prefix_tail_tokens=6, suffix_head_tokens=8),
        sampling=Sampling(1, 6, 0.5, 0.8, 0.4, 1, 0.005),
        context=ContextBudget(prompt_tokens, suffix_tokens),
    )
