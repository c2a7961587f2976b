-- gold.activites and the codes of each activity, from PostgreSQL's current rows alone.
-- %(sports)s: json rows {label, distance, vmax}; a label that is not listed is no known sport.
WITH sports AS (
  SELECT label, distance, vmax FROM json_to_recordset(%(sports)s) AS s(label text, distance boolean, vmax float8)
), judged AS (
  SELECT a.*, e.bu, s.label AS sport, (a.date_debut AT TIME ZONE 'Europe/Paris')::date AS jour,
         pg_xact_commit_timestamp(a.xmin) AS commit_ts,
         e.employee_id IS NULL OR NOT e.actif AS employe_inconnu,
         s.distance AS sport_distance, s.vmax,
         CASE WHEN e.date_embauche IS NOT NULL THEN least(greatest(e.date_embauche, '0001-01-02'), '9999-12-30') END AS date_embauche
  FROM public.sport_activities a
  LEFT JOIN hr.employes e ON e.employee_id = a.employee_id
  LEFT JOIN sports s ON s.label = a.type_activite
)
SELECT id, employee_id, date_debut, type_activite, distance_m, duree_s, commentaire, bu, jour,
       coalesce(jour > %(d)s::date - %(window)s AND jour <= %(d)s::date, false) AS dans_fenetre,
       array_remove(ARRAY[
         CASE WHEN employe_inconnu THEN 'employe_inconnu' END,
         CASE WHEN date_debut IS NULL THEN 'date_absente' END,
         CASE WHEN jour > %(d)s::date THEN 'date_future' END,
         CASE WHEN duree_s IS NULL OR duree_s <= 0 OR duree_s > 86400 THEN 'duree_impossible' END,
         CASE WHEN distance_m < 0 THEN 'distance_negative' END,
         CASE WHEN duree_s > 0 AND distance_m * 3.6::float8 > vmax * duree_s THEN 'vitesse_impossible' END,
         CASE WHEN sport IS NULL THEN 'sport_inconnu' END,
         CASE WHEN NOT sport_distance AND distance_m IS NOT NULL THEN 'distance_hors_sujet' END,
         CASE WHEN jour < date_embauche THEN 'avant_embauche' END
       ], NULL) AS codes,
       commit_ts
FROM judged
ORDER BY id
