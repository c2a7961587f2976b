SELECT count(DISTINCT batch_id) AS batches FROM {{ source('gold', 'eligibilites') }} HAVING count(DISTINCT batch_id) <> 1
