-- one statement a line
SELECT 1
SELECT * FROM gold.kpis LIMIT 200
SELECT * FROM `spark_catalog`.`gold`.`eligibilites` LIMIT 200
SELECT `t`.`bu`, count(1) AS `n`, avg(`t`.`distance_km`) FROM `gold`.`eligibilites` AS `t` GROUP BY `t`.`bu` ORDER BY `n` DESC LIMIT 1001
SELECT bu, sum(CASE WHEN prime_sportive THEN 1 ELSE 0 END) / count(*) AS share FROM gold.eligibilites GROUP BY bu HAVING count(*) > 0
SELECT count(DISTINCT employee_id), min(date_debut), max(date_debut), sum(distance_m), stddev(duree_s) FROM gold.activites
SELECT date_trunc('MONTH', date_debut) AS mois, type_activite, count(*) FROM gold.activites GROUP BY 1, 2 ORDER BY 1, 2
SELECT year(jour), month(jour), quarter(jour), dayofweek(jour), weekofyear(jour), extract(DAY FROM jour) FROM gold.activites LIMIT 3
SELECT date_format(jour, 'yyyy-MM'), add_months(jour, 1), datediff(current_date(), jour), last_day(jour) FROM gold.activites LIMIT 3
SELECT to_date('2026-01-01'), CAST('2026-01-01' AS TIMESTAMP), TIMESTAMP '2026-01-01 00:00:00', DATE '2026-01-01' + INTERVAL 1 DAY
SELECT from_utc_timestamp(date_debut, 'Europe/Paris') FROM gold.activites WHERE jour BETWEEN DATE '2026-01-01' AND DATE '2026-12-31'
SELECT upper(bu), concat(bu, ' ', moyen_deplacement), substring(bu, 1, 3), length(trim(bu)), replace(bu, 'e', 'E') FROM gold.eligibilites
SELECT * FROM gold.activites WHERE type_activite LIKE 'Ru%' AND lower(commentaire) IN ('dupont') AND distance_m IS NOT NULL LIMIT 10
SELECT coalesce(distance_m, 0), nullif(duree_s, 0), if(compte, 1, 0), round(distance_m / 1000, 1), CAST(id AS DOUBLE) FROM gold.activites
SELECT bu, row_number() OVER (PARTITION BY bu ORDER BY nb_activites DESC), sum(nb_activites) OVER (ORDER BY bu) FROM gold.eligibilites
SELECT bu, rank() OVER w, lag(nb_activites) OVER w FROM gold.eligibilites WINDOW w AS (PARTITION BY bu ORDER BY nb_activites)
WITH a AS (SELECT bu, count(*) AS n FROM gold.activites GROUP BY bu), b AS (SELECT max(n) AS m FROM a) SELECT * FROM a JOIN b ON a.n = b.m
SELECT a.bu, e.nb_activites FROM gold.activites a LEFT JOIN gold.eligibilites e ON a.employee_id = e.employee_id LIMIT 5
SELECT * FROM (SELECT bu, nb_activites FROM gold.eligibilites) `custom_query` WHERE 1 = 0
SELECT * FROM gold.eligibilites WHERE employee_id IN (SELECT employee_id FROM gold.activites) AND EXISTS (SELECT 1 FROM gold.kpis)
SELECT (SELECT max(nb_activites) FROM gold.eligibilites) AS m, bu FROM gold.eligibilites
SELECT bu FROM gold.eligibilites UNION SELECT bu FROM gold.activites EXCEPT SELECT 'x' INTERSECT SELECT 'y'
SELECT * FROM (SELECT bu, type_activite, duree_s FROM gold.activites) PIVOT (sum(duree_s) FOR type_activite IN ('Trail', 'Escalade'))
SELECT bu, percentile_approx(duree_s, 0.5), collect_set(type_activite) FROM gold.activites GROUP BY ROLLUP (bu)
SELECT bu, count(*) FILTER (WHERE compte) FROM gold.activites GROUP BY GROUPING SETS ((bu), ())
SELECT bu, type_activite, employee_id, count(*) FROM gold.activites GROUP BY CUBE (bu, type_activite, employee_id)
SELECT replace(replace(replace(replace(replace(replace('x', 'é', 'e'), 'è', 'e'), 'ê', 'e'), 'à', 'a'), 'î', 'i'), 'ç', 'c') FROM gold.kpis
SELECT regexp_replace(regexp_replace(regexp_replace(commentaire, '[éèê]', 'e'), '[àâ]', 'a'), '[^a-z]+', ' ') FROM gold.activites LIMIT 3
SELECT transform(split(commentaire, ' '), word -> upper(word)), size(split(commentaire, ' ')) FROM gold.activites LIMIT 3
SELECT bu, array_join(collect_set(type_activite), ', ') FROM gold.activites GROUP BY bu
SELECT concat(bu, ' ', type_activite) AS a, concat(a, ' ', commentaire) AS b, concat(a, b) AS c FROM gold.activites LIMIT 3
SELECT employee_id, collect_set(date_format(jour, 'yyyy-MM')), listagg(date_format(jour, 'dd/MM/yyyy'), ', ') FROM gold.activites GROUP BY 1
SELECT exists(split(commentaire, ' '), a -> exists(split(commentaire, ' '), b -> a < b)) FROM gold.activites LIMIT 3
SELECT code, count(*) FROM gold.anomalies GROUP BY code
SELECT word FROM gold.activites LATERAL VIEW explode(split(type_activite, ' ')) AS word LIMIT 3
SELECT * FROM VALUES (1, 'a'), (2, 'b') AS t (id, name) ORDER BY id LIMIT 1 OFFSET 1
SELECT prime_total_eur, wellness_days, last_activity FROM gold.kpis
SELECT current_database(), current_date(), current_timestamp(), current_user(), version()
SHOW SCHEMAS
SHOW DATABASES LIKE '*'
SHOW TABLES
SHOW TABLES IN gold
SHOW TABLES IN `spark_catalog`.`gold` LIKE '*'
SHOW TABLE EXTENDED IN gold LIKE '*'
SHOW VIEWS IN gold
SHOW COLUMNS IN gold.eligibilites
SHOW FUNCTIONS
SHOW TBLPROPERTIES gold.kpis
SHOW CURRENT NAMESPACE
SHOW CATALOGS
DESCRIBE gold.eligibilites
DESCRIBE TABLE EXTENDED gold.activites
DESCRIBE gold.activites bu
DESCRIBE DATABASE gold
DESCRIBE FUNCTION sum
DESCRIBE QUERY SELECT bu FROM gold.eligibilites
EXPLAIN SELECT * FROM gold.eligibilites
EXPLAIN EXTENDED SELECT sum(nb_activites) FROM gold.eligibilites
USE gold
USE SCHEMA default
USE spark_catalog.gold
SET
SET -v
SET spark.sql.shuffle.partitions
SET hive.execution.engine=mr
SET TIME ZONE 'Europe/Paris'
SET CATALOG spark_catalog
RESET
