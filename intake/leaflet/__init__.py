"""Paper and clearnet pages that bring people to the onion address. Made by the operator, never by the service."""
