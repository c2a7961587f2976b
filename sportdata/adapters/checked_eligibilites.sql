-- gold.eligibilites with what the suite asks of it (DataFusion). Amounts stay inside: what is shown of a row tells no salary.
SELECT
  employee_id, declaration_etat, prime_sportive, distance_km, limite_km, nb_activites, jours_bien_etre, nb_jours_bien_etre,
  date_reference, batch_id,
  CASE WHEN montant_prime_euros IS NOT NULL THEN TRUE END AS montant_prime_euros,
  CASE WHEN montant_en_attente_euros IS NOT NULL THEN TRUE END AS montant_en_attente_euros,
  DATE '{today}' - date_reference AS retard_jours,
  CASE WHEN declaration_etat IN ('sans_objet', 'correcte', 'incorrecte', 'a_verifier', 'inconnue') THEN
    prime_sportive = (declaration_etat = 'correcte')
    AND CASE WHEN declaration_etat IN ('a_verifier', 'inconnue') THEN declaration_correcte IS NULL
        ELSE COALESCE(declaration_correcte = (declaration_etat <> 'incorrecte'), FALSE) END
    AND (declaration_etat = 'correcte' OR montant_prime_euros = 0)
    AND (declaration_etat IN ('a_verifier', 'inconnue') OR montant_en_attente_euros = 0)
  END AS prime_coherente,
  montant_prime_euros >= 0 AND montant_en_attente_euros >= 0 AS montants_positifs,
  CASE WHEN prime_sportive AND declaration_etat = 'correcte' THEN COALESCE(distance_km <= limite_km, FALSE) END AS distance_dans_la_limite,
  CASE WHEN jours_bien_etre IS NOT NULL THEN
    jours_bien_etre = (nb_activites >= {min_activities})
    AND nb_jours_bien_etre = CASE WHEN jours_bien_etre THEN {wellness_days} ELSE 0 END
  END AS jours_coherents
FROM eligibilites
