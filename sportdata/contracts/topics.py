"""Names on the bus that others rely on (DESIGN §2)."""

PREFIX = "sportsdata"
ACTIVITIES = f"{PREFIX}.public.sport_activities"
MESSAGES = f"{PREFIX}.message"
CONNECTOR = "postgres-connector"
SLOT = "debezium_slot"
PUBLICATION = "debezium_publication"
