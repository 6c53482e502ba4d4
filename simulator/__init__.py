"""A stand-in for Meta's WhatsApp Cloud API and the patients' phones. It knows nothing of the product."""
