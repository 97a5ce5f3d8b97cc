"""The doors: each parses what comes in, calls one method of Memory, renders what comes back."""
