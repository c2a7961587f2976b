"""`sportdata report`."""
