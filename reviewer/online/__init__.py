"""What a laptop with a network does for the desk, through Tor: no vault, and no key that opens reports."""
