"""Where programs of others look at what a source sent: in a room with no network, no files and no keys but one."""
