-- name: cases_waiting
-- Open cases whose last look left one of these codes, and whose turn it is as far as the row tells: $3 anybody's, $4 an
-- approver's who is no party, $5 the agent's own, $6 the acting admin's own; never one about the reader, person $2.
-- The caller looks at the acts too, so with $7 all ended ones come beside them whose watched account a reader
-- objected to, and the limit is for the open ones alone.
(SELECT c.id, c.opened_at FROM recovery.cases c
WHERE c.tenant_id = $1 AND c.outcome IS NULL AND c.subject_person_id <> $2 AND (
    c.code = ANY ($3::text[])
    OR c.code = ANY ($4::text[]) AND c.agent ->> 'person_id' <> $2 AND NOT (
        coalesce((c.policy #>> '{verification,three_people}')::boolean, false) AND c.acting_admin ->> 'person_id' = $2)
    OR c.code = ANY ($5::text[]) AND c.agent ->> 'person_id' = $2
    OR c.code = ANY ($6::text[]) AND c.acting_admin ->> 'person_id' = $2)
ORDER BY c.opened_at, c.id LIMIT $8)
UNION ALL
SELECT c.id, c.opened_at FROM recovery.cases c
WHERE $7 AND c.tenant_id = $1 AND c.outcome IS NOT NULL AND c.subject_person_id <> $2
    AND EXISTS (SELECT FROM recovery.watches w WHERE w.case_id = c.id AND w.ended_at IS NULL)
    AND EXISTS (SELECT FROM recovery.acts a WHERE a.case_id = c.id AND a.kind = 'objection')
ORDER BY opened_at, id;

-- name: cases_with_glass_broken
-- Reviewed or not: a row without a valid signature must hide no review, so the acts themselves are read.
SELECT c.id FROM recovery.cases c
WHERE c.tenant_id = $1 AND EXISTS (SELECT FROM recovery.acts a WHERE a.case_id = c.id AND a.kind = 'break_glass')
ORDER BY c.opened_at, c.id;
