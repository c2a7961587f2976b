-- The role of validate_strava.py: the activities, and who works here since when. It writes nothing but temporary tables, which are its
-- view of one moment.
-- Files from 60 on are applied at every start: each must leave what is already there as it is.
DO $$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'sportdata_validator') THEN
    CREATE ROLE sportdata_validator LOGIN;
  END IF;
END $$;
SET ROLE sportdata_owner;
GRANT CONNECT, TEMPORARY ON DATABASE sportsdb TO sportdata_validator;
GRANT USAGE ON SCHEMA public, hr TO sportdata_validator;
GRANT SELECT (id, employee_id, date_debut, type_activite, distance_m, duree_s) ON public.sport_activities TO sportdata_validator;
GRANT SELECT (employee_id, date_embauche, actif) ON hr.employes TO sportdata_validator;
RESET ROLE;
