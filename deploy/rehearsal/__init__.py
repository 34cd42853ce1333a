"""The rehearsal: the whole of Khomo on one machine, over a Tor network that never leaves it."""
