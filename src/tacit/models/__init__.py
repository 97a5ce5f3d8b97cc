"""Embedders and rerankers: hands that turn text into numbers. Floor 3: knows ports, errors and `logic.words`.

Only `open` names the implementations; importing this package loads no model and touches no network.
"""
