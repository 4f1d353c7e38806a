"""Weights in few bits: formats, which weights a scheme keeps in which, and the modules that compute with them.

Knows nothing of files and prompts. Norms, the router and scalars are never packed: they are small, and what they
decide is decided once for a whole token.
"""
