-- name: audit_search
-- The newest events before a sequence number ($2) that fit every filter given; NULL means any.
-- Events of cases about the reader ($9) are left out: nobody follows a case about themselves (R6).
SELECT e.seq, e.id, e.at, e.type, e.actor_kind, e.actor_id, e.subject_id, e.case_id, e.outcome, e.text
FROM recovery.audit_events AS e
WHERE e.tenant_id = $1
    AND ($2::bigint IS NULL OR e.seq < $2)
    AND ($3::uuid IS NULL OR e.case_id = $3)
    AND ($4::text IS NULL OR e.actor_id = $4 OR e.subject_id = $4)
    AND ($5::text IS NULL OR e.type = $5)
    AND ($6::text IS NULL OR e.outcome = $6)
    AND ($7::timestamptz IS NULL OR e.at >= $7)
    AND ($8::timestamptz IS NULL OR e.at < $8)
    AND NOT EXISTS (SELECT FROM recovery.cases AS c WHERE c.id = e.case_id AND c.subject_person_id = $9)
ORDER BY e.seq DESC
LIMIT $10;

-- name: audit_event_of_seq
-- One event as it is stored, and whose case it belongs to.
SELECT e.seq, e.id, e.at, e.type, e.actor_kind, e.actor_id, e.subject_id, e.case_id, e.outcome, e.text, e.hash,
    e.signature, e.key_id, c.subject_person_id
FROM recovery.audit_events AS e
LEFT JOIN recovery.cases AS c ON c.id = e.case_id AND c.tenant_id = e.tenant_id
WHERE e.tenant_id = $1 AND e.seq = $2;

-- name: outbox_of_tenant
-- How many bells of the tenant have not been heard, and since when the oldest waits.
SELECT count(*) AS waiting, min(a.at) AS oldest, recovery.now($1) AS now
FROM recovery.outbox AS o
JOIN recovery.cases AS c ON c.id = o.case_id AND c.tenant_id = $1
JOIN recovery.acts AS a ON a.id = o.act_id
WHERE o.done_at IS NULL;

-- name: cases_stuck
-- Open cases with an act that was recorded more than $2 ago and that nothing has looked at since.
SELECT c.id, c.subject_person_id, c.phase, c.code, min(a.at) AS since
FROM recovery.cases AS c
JOIN recovery.acts AS a ON a.case_id = c.id AND a.seq > c.applied_seq
WHERE c.tenant_id = $1 AND c.outcome IS NULL AND c.applied_seq < c.act_seq AND c.subject_person_id <> $4
GROUP BY c.id
HAVING min(a.at) < recovery.now($1) - $2::interval
ORDER BY min(a.at), c.id
LIMIT $3;

-- name: cases_to_find_running
-- Open cases that have been there long enough to have a workflow.
SELECT c.id, c.subject_person_id, c.phase, c.code, c.continuation, c.opened_at AS since
FROM recovery.cases AS c
WHERE c.tenant_id = $1 AND c.outcome IS NULL AND c.opened_at < recovery.now($1) - $2::interval
    AND c.subject_person_id <> $4
ORDER BY c.opened_at DESC, c.id
LIMIT $3;

-- name: notices_not_delivered
-- The latest notices of the tenant that failed, or of which it is unknown whether they arrived; never an address.
SELECT n.case_id, c.subject_person_id, n.occasion, n.audience, n.contact_kind, n.channel, n.state, n.code, n.settled_at
FROM recovery.notices AS n
JOIN recovery.cases AS c ON c.id = n.case_id
WHERE n.tenant_id = $1 AND n.state IN ('failed', 'unknown') AND n.settled_at > recovery.now($1) - $2::interval
    AND c.subject_person_id <> $4
ORDER BY n.settled_at DESC, n.id
LIMIT $3;

-- name: audit_unsigned_since
-- When the first event after sequence $2 was written; the chain's end and the time now.
SELECT h.seq, recovery.now($1) AS now,
    (SELECT e.at FROM recovery.audit_events AS e WHERE e.tenant_id = $1 AND e.seq = $2::bigint + 1) AS since
FROM recovery.audit_heads AS h
WHERE h.tenant_id = $1;

-- name: case_workflows
-- Which workflows a case has had: its continuations, and the watch.
SELECT c.continuation, EXISTS (SELECT FROM recovery.watches AS w WHERE w.case_id = c.id) AS watched
FROM recovery.cases AS c
WHERE c.id = $1 AND c.tenant_id = $2;
