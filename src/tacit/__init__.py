"""tacit: a self-improving memory for AI agents."""
