"""What opens things: identities, key files, the ceremony, OpenPGP. No server installation contains this package."""
