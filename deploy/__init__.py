"""Installing and rehearsing Khomo: set-up, units, torrc, the private network that `make run` shows."""
