"""The command line: thin, composes the rest, and alone talks to the terminal."""
