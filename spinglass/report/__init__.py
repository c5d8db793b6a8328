"""One page that shows results: it opens from the disk, and needs no network."""
