"""Builds what goes onto the laptop of the desk: a Debian package, and one file for each Python that Tails has had."""
