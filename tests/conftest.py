"""For all tests, and for the processes that they start."""

import os

# Tiny models gain nothing from a second thread, and OpenMP's threads wait for each other on a busy machine.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# Read when Triton is imported, which bitsandbytes does too. Tests on a GPU set it to 0.
os.environ.setdefault("TRITON_INTERPRET", "1")
