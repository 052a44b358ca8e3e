"""schedule - the brain of the queue manager (SCHEDULER_README), pure and tested without a clock."""
