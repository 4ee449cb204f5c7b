"""The `course` command: JupyterLab on a working copy, the proof that all works, compilation, remedies."""
