"""Stores: rows, words, vectors and the queue. Floor 3. `memory` is the readable reference, `sqlite` the file."""
