-- name: cases_waiting
-- Open cases whose last look left one of these codes; with $3 also ended ones whose watched account somebody objected to.
SELECT c.* FROM recovery.cases c
WHERE c.tenant_id = $1 AND ((c.outcome IS NULL AND c.code = ANY ($2::text[])) OR ($3
    AND EXISTS (SELECT FROM recovery.watches w WHERE w.case_id = c.id AND w.ended_at IS NULL)
    AND EXISTS (SELECT FROM recovery.acts a WHERE a.case_id = c.id AND a.kind = 'objection')))
ORDER BY c.opened_at, c.id LIMIT $4;

-- name: cases_with_glass_broken
-- Reviewed or not: a row that nobody signed must hide no review, so the acts themselves are read.
SELECT c.id FROM recovery.cases c
WHERE c.tenant_id = $1 AND EXISTS (SELECT FROM recovery.acts a WHERE a.case_id = c.id AND a.kind = 'break_glass')
ORDER BY c.opened_at, c.id;
