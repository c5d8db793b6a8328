"""From starts to stationary points: methods of descent by name."""
