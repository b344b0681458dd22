"""What every page of ours shares, at every way in: rendering, headers, forms, languages; it knows nothing of ours."""
