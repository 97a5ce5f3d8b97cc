"""Rules: how they are written, read, changed, compared, earned and retired. Floor 2."""
