"""One landscape: its couplings, how it is evaluated, and the sphere it lives on."""
