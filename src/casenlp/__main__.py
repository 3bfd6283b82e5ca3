"""`python -m casenlp` is `casenlp`."""

from casenlp.cli import main

if __name__ == "__main__":
    main()
