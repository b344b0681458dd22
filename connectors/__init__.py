"""One file per outside party; each fulfils the ports of `domain` and knows nothing of the others."""
