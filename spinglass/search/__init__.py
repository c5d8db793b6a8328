"""Finding stationary points: descents, censuses, searches of every index, and proofs."""
