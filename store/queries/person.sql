-- What is known of one person's earlier cases.

-- name: cases_closed_of_person
SELECT * FROM recovery.cases
WHERE tenant_id = $1 AND subject_person_id = $2 AND outcome IS NOT NULL
ORDER BY closed_at DESC, id LIMIT $3;

-- name: cases_of_person_before
-- The last cases about this person before the one that is looked at, by whatever account.
SELECT c.* FROM recovery.cases c
WHERE c.tenant_id = $1 AND c.subject_person_id = $2 AND c.id <> $3
ORDER BY c.opened_at DESC, c.id LIMIT $4;

-- name: subject_history
-- R41: earlier cases about this person, by whatever account, within the days given.
SELECT count(*)::integer AS opened,
    count(*) FILTER (WHERE c.outcome = 'recovered')::integer AS recovered,
    count(*) FILTER (WHERE c.outcome IN ('denied', 'disputed'))::integer AS failed,
    (array_agg(CASE WHEN c.outcome = 'enrolment_expired' THEN c.id END ORDER BY c.opened_at DESC))[1] AS reopens
FROM recovery.cases c
WHERE c.tenant_id = $1 AND c.subject_person_id = $2 AND c.opened_at > recovery.now($1) - $3::interval;
