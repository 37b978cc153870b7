"""python -m lsh_engine COMMAND: see `cli`."""

from .cli.app import main

if __name__ == "__main__":
    main()
