"""The commands, one file each, and the only room where concrete parts meet: files, terminals, engines."""
