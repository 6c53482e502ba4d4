"""The erasure of one patient: hidden at once, deleted in steps by a worker, kept from coming back by tombstones."""
