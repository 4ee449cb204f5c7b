"""The server that `course lab` starts: JupyterLab, without what only delays its start."""

import sys

# jsonschema takes it, where it is installed, to check international addresses, of which Jupyter's schemas have none.
# It builds its grammar at each import: a second of processor time, as much as the rest of the server.
sys.modules.setdefault("rfc3987_syntax", None)

from jupyterlab.labapp import main  # noqa: E402

if __name__ == "__main__":
    sys.exit(main())
