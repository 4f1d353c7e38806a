"""From a task to token ids and back: profiles, tokenizer, prompts, and where all stands in a canvas.

A local model and a remote one are asked by the same code. Knows no weights and needs no torch.
"""
