"""Measurements side by side: each figure beside its limit, both taken in the same run."""
