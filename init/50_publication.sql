-- Owned by sportdata_owner, so that the connector's role owns nothing and can widen nothing.
GRANT CREATE ON DATABASE sportsdb TO sportdata_owner;
SET ROLE sportdata_owner;
CREATE PUBLICATION debezium_publication FOR TABLE public.sport_activities;
RESET ROLE;
