"""The onion service: source pages, upload path, store, courier interface, onion set-up."""
