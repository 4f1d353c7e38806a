"""A filler that asks a vLLM server: the same prompts and canvases as on this machine, denoised elsewhere.

Text leaves the machine here and nowhere else, and goes only where a file of the user's says. Needs no torch.
"""
