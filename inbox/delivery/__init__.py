"""A message goes out: claimed and asked again, handed to the provider once, recorded. One runner per channel."""
