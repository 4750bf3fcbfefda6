"""The terminal: how a run asks a person, and how it shows itself."""
