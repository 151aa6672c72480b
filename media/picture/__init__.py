"""Outgoing and incoming pictures of a call: coding, the rate and size that link and CPU allow, pacing, asking again."""
