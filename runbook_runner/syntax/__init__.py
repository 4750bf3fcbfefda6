"""Shell text: its commands, effects, placeholders and prompts. Pure; the table of known commands is data."""
