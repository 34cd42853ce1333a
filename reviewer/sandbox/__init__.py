"""Where programs of others look at what strangers sent: in a room with no network, no files and no keys but one."""
