"""The desk: opens what the door collected, on a machine with no network, and keeps it in a vault."""
