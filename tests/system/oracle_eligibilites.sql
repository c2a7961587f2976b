-- gold.eligibilites from PostgreSQL's current rows alone, over a table `jugees(employee_id, date_debut, compte, dans_fenetre)` made from
-- oracle_activites.sql. %(modes)s: json rows {mode, limite_m} of the active modes as people wrote them. A salary that is NaN is not known;
-- times and distances are held at the edges of what gold's columns can say, once the verdict is given.
WITH modes AS (
  SELECT mode, limite_m FROM json_to_recordset(%(modes)s) AS m(mode text, limite_m numeric)
), counted AS (
  SELECT employee_id, count(*) FILTER (WHERE dans_fenetre) AS nb, max(date_debut) AS derniere
  FROM jugees WHERE compte GROUP BY employee_id
), stated AS (
  SELECT e.*, d.distance_m, m.limite_m, coalesce(c.nb, 0) AS nb, c.derniere,
         least(greatest(e.modifie_le, d.calcule_le, '0001-01-02 UTC'), '9999-12-30 UTC') AS depuis,
         round(coalesce(nullif(e.salaire_brut, 'NaN'), 0) * %(percent)s::numeric, 2) AS montant,
         CASE WHEN m.limite_m IS NULL THEN 'sans_objet'
              WHEN d.distance_m IS NULL THEN 'inconnue'
              WHEN d.distance_m::bigint + d.incertitude_m <= m.limite_m THEN 'correcte'
              WHEN d.distance_m::bigint - d.incertitude_m > m.limite_m THEN 'incorrecte'
              ELSE 'a_verifier' END AS etat
  FROM hr.employes e
  LEFT JOIN hr.distances d USING (employee_id)
  LEFT JOIN modes m ON m.mode = e.moyen_deplacement
  LEFT JOIN counted c USING (employee_id)
  WHERE e.actif
)
SELECT employee_id, bu, moyen_deplacement,
       CASE WHEN distance_m IS NOT NULL THEN least(greatest(distance_m / 1000.0, -999999.999), 999999.999) END::numeric(9,3) AS distance_km,
       (limite_m / 1000)::numeric(9,3) AS limite_km,
       etat AS declaration_etat,
       CASE etat WHEN 'sans_objet' THEN true WHEN 'correcte' THEN true WHEN 'incorrecte' THEN false END AS declaration_correcte,
       etat = 'correcte' AS prime_sportive,
       CASE WHEN etat = 'correcte' THEN montant ELSE 0 END::numeric(12,2) AS montant_prime_euros,
       CASE WHEN etat IN ('a_verifier', 'inconnue') THEN montant ELSE 0 END::numeric(12,2) AS montant_en_attente_euros,
       nb AS nb_activites, nb >= %(min)s AS jours_bien_etre, CASE WHEN nb >= %(min)s THEN %(days)s ELSE 0 END AS nb_jours_bien_etre,
       derniere AS derniere_activite, %(d)s::date AS date_reference, depuis
FROM stated ORDER BY employee_id
