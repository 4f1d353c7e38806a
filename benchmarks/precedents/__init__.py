"""What precedents cost, and how often they are right."""
