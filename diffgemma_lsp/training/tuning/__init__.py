"""`diffgemma tune`: a checkpoint learns from examples that somebody brings, and becomes a checkpoint of its own.

A task (`task.py` is the contract) makes batches and says how good fills are; code is one. The objective, the optimizer,
the schedule and the step are those that the starter is made with. Nothing of the examples is kept but weights.
"""
