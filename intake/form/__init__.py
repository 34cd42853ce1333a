"""The questions that a report may answer: described in a file, read once, asked on the pages."""
