"""``python -m crawler`` is ``portal-archive``."""

import sys

try:
    from crawler.cli import main
except KeyboardInterrupt:  # Ctrl-C while the program is being loaded
    print("portal-archive: error: interrupted before anything was done", file=sys.stderr)
    sys.exit(130)

if __name__ == "__main__":
    main()
