"""What `workspace/executeCommand` can run. Each command takes one object, or nothing, and answers one."""
