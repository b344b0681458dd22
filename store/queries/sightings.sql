-- name: sightings_of_accounts
SELECT account_id, what, fingerprint, first_seen_at, last_seen_at, signature, key_id
FROM recovery.sightings WHERE tenant_id = $1 AND account_id = ANY ($2::text[]);

-- name: sightings_again
UPDATE recovery.sightings s SET last_seen_at = $2
FROM unnest($3::text[], $4::text[], $5::bytea[]) AS again (account_id, what, fingerprint)
WHERE s.tenant_id = $1 AND s.account_id = again.account_id AND s.what = again.what AND s.fingerprint = again.fingerprint;

-- name: sightings_first
INSERT INTO recovery.sightings (tenant_id, account_id, what, fingerprint, first_seen_at, last_seen_at, signature, key_id)
SELECT $1, f.account_id, f.what, f.fingerprint, $2, $2, f.signature, f.key_id
FROM unnest($3::text[], $4::text[], $5::bytea[], $6::bytea[], $7::text[])
    AS f (account_id, what, fingerprint, signature, key_id)
ON CONFLICT (tenant_id, account_id, what, fingerprint) DO UPDATE
SET first_seen_at = excluded.first_seen_at, last_seen_at = excluded.last_seen_at, signature = excluded.signature,
    key_id = excluded.key_id;

-- name: sightings_gone
-- What these accounts no longer have starts anew should it come back.
DELETE FROM recovery.sightings WHERE tenant_id = $1 AND account_id = ANY ($2::text[]) AND last_seen_at <> $3;

-- name: sightings_of_the_absent
DELETE FROM recovery.sightings WHERE tenant_id = $1 AND last_seen_at < $2;

-- name: skeletons_seen
INSERT INTO recovery.skeletons (tenant_id, account_id, person_id, what, hash, seen_at)
SELECT $1, s.account_id, s.person_id, s.what, s.hash, $2
FROM unnest($3::text[], $4::text[], $5::text[], $6::bytea[]) AS s (account_id, person_id, what, hash)
ON CONFLICT (tenant_id, account_id, what, hash) DO UPDATE
SET person_id = excluded.person_id, seen_at = excluded.seen_at;

-- name: skeletons_gone
DELETE FROM recovery.skeletons WHERE tenant_id = $1 AND account_id = ANY ($2::text[]) AND seen_at <> $3;

-- name: skeletons_of_the_absent
DELETE FROM recovery.skeletons WHERE tenant_id = $1 AND seen_at < $2;

-- name: skeletons_like
-- Other people's accounts that bear the same skeleton of the same kind of name.
SELECT DISTINCT s.account_id, s.person_id FROM recovery.skeletons s
JOIN unnest($4::text[], $5::bytea[]) AS asked (what, hash) ON asked.what = s.what AND asked.hash = s.hash
WHERE s.tenant_id = $1 AND s.account_id <> $2 AND s.person_id <> $3
ORDER BY s.account_id LIMIT $6;

-- name: nightly_take
-- The lease of a round that is due or under way, where no other relay holds it. A due time or lease from a clock that
-- has since stepped back counts as over.
INSERT INTO recovery.nightly_reads AS n (tenant_id, due_at, started_at, lease, leased_until)
VALUES ($1, recovery.now($1), recovery.now($1), $2, recovery.now($1) + $3::interval)
ON CONFLICT (tenant_id) DO UPDATE
SET started_at = coalesce(n.started_at, recovery.now($1)), lease = excluded.lease, leased_until = excluded.leased_until
WHERE (n.leased_until IS NULL OR n.leased_until <= recovery.now($1) OR n.leased_until > recovery.now($1) + $4::interval)
    AND (n.started_at IS NOT NULL OR n.due_at <= recovery.now($1) OR n.due_at > recovery.now($1) + $5::interval)
RETURNING started_at, last_id, accounts, accounts_then;

-- name: nightly_page
-- Moves the round on, in the transaction that records the page; nothing where another reader has taken over.
UPDATE recovery.nightly_reads SET last_id = $3, accounts = accounts + $4, leased_until = recovery.now($1) + $5::interval
WHERE tenant_id = $1 AND lease = $2 RETURNING accounts;

-- name: nightly_rest
-- Lets the round rest; the next relay to come after that goes on where it stands.
UPDATE recovery.nightly_reads SET lease = NULL, leased_until = recovery.now($1) + $3::interval
WHERE tenant_id = $1 AND lease = $2;

-- name: nightly_done
UPDATE recovery.nightly_reads
SET due_at = started_at + $3::interval, started_at = NULL, last_id = NULL, accounts = 0, accounts_then = accounts,
    completed_at = recovery.now($1), lease = NULL, leased_until = NULL, approvers = $4, wanted = $5
WHERE tenant_id = $1 AND lease = $2 RETURNING accounts_then;

-- name: approvers_are_few
SELECT EXISTS (SELECT FROM recovery.nightly_reads WHERE approvers < wanted);
