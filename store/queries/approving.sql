-- name: earlier_cases
-- The last cases about this person before the one that is looked at, by whatever account.
SELECT c.* FROM recovery.cases c
WHERE c.tenant_id = $1 AND c.subject_person_id = $2 AND c.id <> $3
ORDER BY c.opened_at DESC, c.id LIMIT $4;
