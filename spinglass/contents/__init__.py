"""What is in a file of each kind, in numbers, beside what theory expects; one module a kind."""
