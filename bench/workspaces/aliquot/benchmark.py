"""Surveys the numbers up to 12,000."""

from survey import survey

if __name__ == "__main__":
    print(survey(12000))
