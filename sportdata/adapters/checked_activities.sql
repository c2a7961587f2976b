-- Each activity with what the suites ask of it. One text for PostgreSQL (pushed down) and for DataFusion on gold's Delta tables;
-- adapters/checked.py puts in the relations, today, and the limits of each label of a sport (by its md5: no text of the table comes back
-- as SQL). A column is NULL where another one speaks already. `metres` is distance_m without what would overflow when multiplied.
SELECT
  a.id, a.employee_id, a.date_debut, a.jour, a.type_activite, a.distance_m, a.duree_s, a.compte, a.dans_fenetre,
  CASE WHEN a.employee_id IS NOT NULL THEN e.employee_id IS NOT NULL END AS employe_connu,
  e.actif AS employe_actif,
  CASE WHEN a.type_activite IS NOT NULL THEN s.cle IS NOT NULL END AS sport_connu,
  a.jour - DATE '{today}' AS jours_dans_le_futur,
  e.date_embauche - a.jour AS jours_avant_embauche,
  CASE WHEN a.duree_s BETWEEN 1 AND {longest_s} THEN a.duree_s / s.courte_s END AS duree_sur_la_plus_courte,
  CASE WHEN a.duree_s BETWEEN 1 AND {longest_s} THEN a.duree_s / s.longue_s END AS duree_sur_la_plus_longue,
  a.distance_m >= 0 AND a.distance_m < CAST('Infinity' AS DOUBLE PRECISION) AS distance_possible,
  CASE WHEN NOT s.distance THEN a.distance_m IS NULL END AS distance_vide,
  CASE WHEN a.duree_s BETWEEN 1 AND {longest_s} AND a.distance_m >= 0 AND a.distance_m < CAST('Infinity' AS DOUBLE PRECISION)
    THEN a.metres * {kmh_per_ms} / (s.vitesse_haute_kmh * a.duree_s) END AS vitesse_sur_la_plus_haute,
  CASE WHEN a.duree_s BETWEEN 1 AND {longest_s} AND a.distance_m >= 0 AND a.distance_m < CAST('Infinity' AS DOUBLE PRECISION)
    THEN a.metres * {kmh_per_ms} / (s.vitesse_lente_kmh * a.duree_s) END AS vitesse_sur_la_plus_lente,
  a.compte = (
    COALESCE(e.actif, FALSE) AND COALESCE(a.jour <= DATE '{today}', FALSE) AND COALESCE(a.duree_s BETWEEN 1 AND {longest_s}, FALSE)
    AND COALESCE(a.distance_m >= 0, TRUE)
    AND NOT COALESCE(a.metres * {kmh_per_ms} > s.vitesse_haute_kmh * a.duree_s, FALSE)
  ) AS compte_juste,
  a.dans_fenetre = COALESCE(a.jour <= DATE '{today}' AND a.jour > DATE '{window_start}', FALSE) AS fenetre_juste
FROM (
  SELECT *, CASE WHEN distance_m < 1e-9 THEN 0 WHEN distance_m < 1e15 THEN distance_m WHEN distance_m IS NOT NULL THEN 1e15 END AS metres
  FROM {activities} AS every
) AS a
LEFT JOIN {employees} AS e ON e.employee_id = a.employee_id
LEFT JOIN (VALUES {sports}) AS s (cle, distance, vitesse_haute_kmh, vitesse_lente_kmh, courte_s, longue_s) ON s.cle = md5(a.type_activite)
