"""A real Trino on loopback, the local stand-in for Athena."""
