"""What tells whether a checkpoint works here, one file each: its files, memory, tensors, the loop, speed, fills."""
