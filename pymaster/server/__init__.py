"""server - the skeletons of services: boot, Multi, Single, Trigger, and the nursery that forks them."""
