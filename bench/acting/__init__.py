"""Acting: a fixed policy without a language model in environments that nobody here wrote, with memory and without."""
