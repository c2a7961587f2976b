-- What Google said of a distance goes when it is older than it may be kept (SPORTDATA_GOOGLE_KEEP_DAYS), however seldom maps.py runs.
-- Gold asks for it, for gold always runs: it may call this, and write nothing of the table otherwise.
SET ROLE sportdata_owner;
CREATE OR REPLACE FUNCTION hr.oublie_distances(jours INTEGER) RETURNS SETOF INTEGER  -- whose
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
  DELETE FROM hr.distances
  WHERE fournisseur = 'google' AND (calcule_le IS NULL OR calcule_le <= now() - make_interval(days => greatest(jours, 0)))
  RETURNING employee_id
$$;
REVOKE EXECUTE ON FUNCTION hr.oublie_distances(INTEGER) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION hr.oublie_distances(INTEGER) TO sportdata_gold, sportdata_hr;
RESET ROLE;
