"""How it was, how it would be, who does what: numbers alone, no files."""
