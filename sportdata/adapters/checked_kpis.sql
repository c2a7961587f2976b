-- gold.kpis beside the same figures worked out from gold.eligibilites (DataFusion); a difference of 0 is right.
SELECT
  k.batch_id, k.as_of, k.employees, CAST(k.prime_total_eur AS VARCHAR) AS prime_total_eur, CAST(k.pending_eur AS VARCHAR) AS pending_eur,
  k.wellness_days, k.activities,
  COALESCE(k.batch_id, -1) - COALESCE(e.batch_id, k.batch_id, -1) AS ecart_lot,
  COALESCE(k.employees, -1) - e.employees AS ecart_employees,
  CAST(ABS(COALESCE(k.prime_total_eur, -1) - e.primes) AS DOUBLE) + ABS(COALESCE(k.prime_employees, -1) - e.prime_employees) AS ecart_primes,
  CAST(COALESCE(k.pending_eur, -1) - e.attente AS DOUBLE) AS ecart_attente,
  ABS(COALESCE(k.wellness_days, -1) - e.jours) + ABS(COALESCE(k.wellness_employees, -1) - e.bien_etre) AS ecart_jours,
  COALESCE(k.activities, -1) - e.activites AS ecart_activites
FROM kpis AS k
CROSS JOIN (
  SELECT
    count(*) AS employees, max(batch_id) AS batch_id,
    COALESCE(sum(montant_prime_euros), 0) AS primes, COALESCE(sum(montant_en_attente_euros), 0) AS attente,
    COALESCE(sum(CASE WHEN prime_sportive THEN 1 ELSE 0 END), 0) AS prime_employees,
    COALESCE(sum(CASE WHEN jours_bien_etre THEN 1 ELSE 0 END), 0) AS bien_etre,
    COALESCE(sum(nb_jours_bien_etre), 0) AS jours, COALESCE(sum(nb_activites), 0) AS activites
  FROM eligibilites
) AS e
