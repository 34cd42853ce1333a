"""Looking at what sources sent: the formats are read in the sandbox, and pixels and plain text come out."""
