"""The journal, one engine a file; SQL stands in .sql files."""
