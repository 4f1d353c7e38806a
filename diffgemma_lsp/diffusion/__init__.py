"""Denoising: canvases, the loop over them, and the cache of what stands before them.

Pure but for the random generator that it is handed: no files, no threads, no clock. Knows token ids and a `Backend`;
does not know text, tokenizers, checkpoints or editors.
"""
