"""Cleaning of review texts."""

import re

STOP_WORDS = [
    "a", "about", "above", "after", "again", "all", "also", "am", "an", "and", "any", "are", "as", "at", "be",
    "because", "been", "before", "being", "below", "between", "both", "but", "by", "can", "could", "did", "do",
    "does", "doing", "down", "during", "each", "few", "for", "from", "further", "had", "has", "have", "having",
    "he", "her", "here", "hers", "him", "his", "how", "i", "if", "in", "into", "is", "it", "its", "just", "me",
    "more", "most", "my", "no", "nor", "not", "now", "of", "off", "on", "once", "only", "or", "other", "our",
    "ours", "out", "over", "own", "same", "she", "should", "so", "some", "such", "than", "that", "the", "their",
    "them", "then", "there", "these", "they", "this", "those", "through", "to", "too", "under", "until", "up",
    "very", "was", "we", "were", "what", "when", "where", "which", "while", "who", "whom", "why", "will", "with",
    "would", "you", "your", "yours",
]

SUFFIXES = ["ational", "fulness", "iveness", "ization", "ousness", "ations", "ingly", "ments", "ation", "ings",
            "ment", "ness", "able", "ible", "edly", "ies", "ing", "ed", "ly", "es", "s"]


def strip_markup(text):
    text = re.sub(r"<[^>]+>", " ", text)
    text = re.sub(r"&[a-z]+;", " ", text)
    text = re.sub(r"https?://\S+", " ", text)
    return re.sub(r"\s+", " ", text).strip()


def words(text):
    found = []
    for word in strip_markup(text).split():
        word = re.sub(r"[^a-z']", "", word.lower())
        if word.endswith("'s"):
            word = word[:-2]
        if word and word not in STOP_WORDS:
            found.append(word)
    return found


def stem(word):
    for suffix in SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= 3:
            root = word[: len(word) - len(suffix)]
            if re.search(r"(bb|dd|gg|mm|nn|pp|rr|tt)$", root):
                root = root[:-1]
            return root
    return word
