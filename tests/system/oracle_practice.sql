-- gold.pratique_mensuelle from a table `faites(employee_id, jour, sport, distance_m, duree_s)` of the activities that count.
SELECT date_trunc('month', f.jour)::date AS mois, f.sport, e.bu, count(*) AS activites, count(DISTINCT f.employee_id) AS personnes,
       -- 99 999 999 999.999 is all that DECIMAL(14,3) holds
       least(coalesce(sum(round(f.distance_m::numeric)) FILTER (WHERE f.distance_m < 1e12), 0) / 1000, 99999999999.999) AS km,
       round(sum(f.duree_s) / 3600.0, 2) AS heures
FROM faites f JOIN hr.employes e USING (employee_id)
GROUP BY 1, 2, 3
