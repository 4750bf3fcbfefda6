"""CEL: parse, evaluate with evidence. Pure."""
