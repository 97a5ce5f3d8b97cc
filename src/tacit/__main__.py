"""`python -m tacit`: the command line, where no script is on the path."""

from tacit.doors.cli import main

if __name__ == "__main__":
    main()
