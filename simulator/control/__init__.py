"""The control API: what scripts, tests and the phone page steer the simulated world with."""
