"""What every page of ours shares, whoever serves it: rendering, headers, forms, languages; it knows nothing of ours."""
