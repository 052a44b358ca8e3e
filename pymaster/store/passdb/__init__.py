"""passdb - back ends that know passwords and users; blocking, for authd's checkers."""
