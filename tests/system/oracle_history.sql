-- gold.kpis_historique, run 0, day by day, from plain tables of what was known:
--   rh_connu(rang, connu, employee_id, bu, date_embauche, salaire_brut, mode, distance_m, incertitude_m, actif), actif null: gone
--   regles_connues(rang, connu, percent, min, fenetre, jours), limites(rang, mode, limite_m)
--   valides(employee_id, jour): activities that are possible, as they are now
-- %(d)s: today; %(days)s: how many days. For a day the last that was known by then, before that the first; today the last.
WITH calendrier AS (
  SELECT %(d)s::date - ago AS jour FROM generate_series(0, %(days)s - 1) AS ago
), regles AS (
  SELECT DISTINCT ON (c.jour) c.jour, r.*
  FROM calendrier c CROSS JOIN regles_connues r
  ORDER BY c.jour, (c.jour = %(d)s::date OR r.connu <= c.jour) DESC,
           CASE WHEN c.jour = %(d)s::date OR r.connu <= c.jour THEN -r.rang ELSE r.rang END
), rh AS (
  SELECT DISTINCT ON (c.jour, r.employee_id) c.jour, r.*
  FROM calendrier c CROSS JOIN rh_connu r
  ORDER BY c.jour, r.employee_id, (c.jour = %(d)s::date OR r.connu <= c.jour) DESC,
           CASE WHEN c.jour = %(d)s::date OR r.connu <= c.jour THEN -r.rang ELSE r.rang END
), personnes AS (
  SELECT rh.jour, rh.employee_id, rh.bu, g.percent, g.min, g.jours, l.limite_m, rh.distance_m, rh.incertitude_m,
         round(coalesce(rh.salaire_brut, 0) * g.percent, 2) AS montant,
         (SELECT count(*) FROM valides v WHERE v.employee_id = rh.employee_id AND v.jour > rh.jour - g.fenetre AND v.jour <= rh.jour) AS nb
  FROM rh JOIN regles g ON g.jour = rh.jour
  LEFT JOIN limites l ON l.rang = g.rang AND l.mode = rh.mode
  WHERE rh.actif AND (rh.date_embauche IS NULL OR rh.date_embauche <= rh.jour)
), jugees AS (
  SELECT *, CASE WHEN limite_m IS NULL THEN 'sans_objet' WHEN distance_m IS NULL THEN 'inconnue'
                 WHEN distance_m::bigint + incertitude_m <= limite_m THEN 'correcte'
                 WHEN distance_m::bigint - incertitude_m > limite_m THEN 'incorrecte' ELSE 'a_verifier' END AS etat
  FROM personnes
)
SELECT c.jour, j.bu, count(j.employee_id) AS employees,
       coalesce(sum(montant) FILTER (WHERE etat = 'correcte'), 0)::numeric(18,2) AS prime_total_eur,
       count(*) FILTER (WHERE etat = 'correcte') AS prime_employees,
       coalesce(sum(montant) FILTER (WHERE etat IN ('a_verifier', 'inconnue')), 0)::numeric(18,2) AS pending_eur,
       count(*) FILTER (WHERE nb >= min) AS wellness_employees,
       coalesce(sum(jours) FILTER (WHERE nb >= min), 0)::bigint AS wellness_days,
       count(*) FILTER (WHERE etat = 'incorrecte') AS wrong_declarations,
       count(*) FILTER (WHERE etat = 'a_verifier') AS to_check,
       count(*) FILTER (WHERE etat = 'inconnue') AS unknown_distances,
       coalesce(sum(nb), 0)::bigint AS activities, GROUPING(j.bu) = 1 AS total
FROM calendrier c LEFT JOIN jugees j ON j.jour = c.jour
GROUP BY GROUPING SETS ((c.jour), (c.jour, j.bu))
