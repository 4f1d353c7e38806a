"""A filler that asks a vLLM server, and a server to ask."""
