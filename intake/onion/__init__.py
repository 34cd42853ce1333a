"""The onion service: its torrc, its tor, and whether it can be reached."""
