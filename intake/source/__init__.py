"""The pages that a source sees, and the path that a report takes from the socket into a sealed row."""
