"""What the product costs: workloads against real processes and durable servers, each beside its floor."""
