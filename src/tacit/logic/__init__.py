"""Pure thought: no clock, no I/O, no hidden randomness. Floor 2: knows nouns and ports."""
