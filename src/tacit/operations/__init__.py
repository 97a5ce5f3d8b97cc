"""The verbs: one file each, handed their stores and models, unaware of each other. Floor 4."""
