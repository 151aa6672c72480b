"""``python -m infomat`` is the command line."""

from infomat.cli import main

if __name__ == "__main__":
    main()
