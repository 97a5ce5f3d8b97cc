"""Kinds of vector index, and the file that each is kept in. Floor 3: `vector_index` is the way in."""
