-- name: cases_of_reference
-- Of all tenants; a reference is the first eight digits of an id. Two are enough to know that it is not one's own alone.
SELECT c.id, c.tenant_id FROM recovery.cases c
WHERE c.id BETWEEN $1 AND $2 AND (c.closed_at IS NULL OR c.closed_at > recovery.now(c.tenant_id) - $3::interval)
LIMIT 2;
