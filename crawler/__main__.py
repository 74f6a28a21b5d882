"""``python -m crawler`` is ``portal-archive``."""

from crawler.cli import main

if __name__ == "__main__":  # processes that read pages load this file as well
    main()
