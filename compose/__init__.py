"""The only wiring: which part meets which, one file for each thing that is put together.

Imported by `worker.py` and `starter/__main__.py` alone. Nothing here stands on a development twin: one is handed in.
"""
