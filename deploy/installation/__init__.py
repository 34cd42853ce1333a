"""Installs, upgrades, takes back and removes an intake server. Python's standard library only: nothing is there yet."""
