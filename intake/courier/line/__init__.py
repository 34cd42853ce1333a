"""Bundles over the line: the onion service of the courier, for a laptop that fetches and pushes through Tor."""
