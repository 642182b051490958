"""Marts to a registered model: snapshot, train, evaluate by slice, register. No feature is computed here."""
