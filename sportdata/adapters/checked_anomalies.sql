-- gold.anomalies with what the suite asks of it (DataFusion).
SELECT
  objet, reference, code,
  COALESCE(objet IN ('activite', 'declaration', 'evenement'), FALSE) AS objet_connu,
  CASE objet
    WHEN 'activite' THEN COALESCE(code IN ({activity_codes}), FALSE)
    WHEN 'declaration' THEN COALESCE(code IN ('incorrecte', 'a_verifier', 'inconnue'), FALSE)
    WHEN 'evenement' THEN COALESCE(code = 'evenement_illisible', FALSE)
  END AS code_connu,
  objet <> 'evenement' AS lisible
FROM anomalies
