"""How the memory improves itself: what is measured, what is wrong, what to try, how to judge it, when to take it back.

Floor 2, pure. Above: the verbs measure, improve and their kin.
"""
