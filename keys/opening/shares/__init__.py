"""Root and archive on paper: split into SLIP-39 shares, any K of which bring a key back, and drills that prove them."""
