"""What a profile says of its checkpoint, fitted to what that fills: one command for each section."""
