"""One locked case within a transaction, a file for each thing that may be done with it; `store.page` is all of it."""
