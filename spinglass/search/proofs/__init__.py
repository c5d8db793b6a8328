"""What is proven of a computed point, every rounding error included."""
