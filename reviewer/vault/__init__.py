"""Where the desk keeps what it opened: an encrypted database, and one sealed file for each attachment."""
