"""End-to-end tests: real processes, real sockets, peers not written here."""
