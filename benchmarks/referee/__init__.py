"""Computes every figure from raw evidence in plain formats; imports no product code (import-linter holds it)."""
