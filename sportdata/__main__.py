"""`python -m sportdata`: the same as the command `sportdata`."""

from sportdata.cli import main

if __name__ == "__main__":
    main()
