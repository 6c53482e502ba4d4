"""What the clinic does by itself when a patient writes: who gets it, until when it is due, what is said at once."""
