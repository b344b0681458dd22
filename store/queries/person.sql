-- What is known of one person's earlier cases.

-- name: cases_closed_of_person
SELECT * FROM recovery.cases
WHERE tenant_id = $1 AND subject_person_id = $2 AND outcome IS NOT NULL
ORDER BY closed_at DESC, id LIMIT $3;
