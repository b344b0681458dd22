-- Reading and changing accounts. A command that changes anything about an account locks its row first.

-- name: tenant_by_slug
SELECT id FROM directory.tenants WHERE slug = $1

-- name: lock_account
SELECT id, tenant_id, person_id, login, display_name, status, mfa, enrolment_required, first_enrolment,
       status_reason, contacts_frozen_until, directory.now(tenant_id) AS now
FROM directory.accounts WHERE id = $1
FOR NO KEY UPDATE

-- name: find_accounts
WITH typed AS (SELECT $1::uuid AS tenant_id, $2::text AS text, lower($2::text COLLATE "C") AS ascii_text),
alike AS (
    SELECT a.id, a.login = t.text AS exact
    FROM typed AS t
    JOIN directory.accounts AS a ON a.tenant_id = t.tenant_id AND lower(a.login COLLATE "C") = t.ascii_text
    UNION ALL
    SELECT a.id, c.value = t.text
    FROM typed AS t
    JOIN directory.contact_points AS c
        ON lower(c.value COLLATE "C") = t.ascii_text AND c.kind = 'email' AND c.replaced_at IS NULL
    JOIN directory.accounts AS a ON a.id = c.account_id AND a.tenant_id = t.tenant_id
)
SELECT DISTINCT id FROM alike WHERE (SELECT bool_or(exact) FROM alike) ORDER BY id

-- name: read_accounts
SELECT jsonb_build_object(
    'id', a.id, 'tenant_id', a.tenant_id, 'login', a.login, 'display_name', a.display_name, 'person_id', a.person_id,
    'status', a.status, 'status_reason', a.status_reason, 'mfa', a.mfa, 'enrolment_required', a.enrolment_required,
    'roles', a.roles, 'created_at', a.created_at, 'contacts_frozen_until', a.contacts_frozen_until,
    'manager_id', a.manager_id, 'manager_since', a.manager_since,
    'manager_person_id', (SELECT m.person_id FROM directory.accounts AS m WHERE m.id = a.manager_id),
    'sponsor_id', a.sponsor_id, 'sponsor_since', a.sponsor_since,
    'recovery_contacts', coalesce((
        SELECT jsonb_agg(jsonb_build_object('account_id', o.id, 'person_id', o.person_id, 'named_since', r.named_since)
                         ORDER BY o.id)
        FROM directory.recovery_contacts AS r JOIN directory.accounts AS o ON o.id = r.contact_account_id
        WHERE r.account_id = a.id), '[]'),
    'factors', coalesce((
        SELECT jsonb_agg(jsonb_build_object('id', f.id, 'kind', f.kind, 'label', f.label,
                                            'enrolled_at', f.enrolled_at, 'last_used_at', f.last_used_at)
                         ORDER BY f.enrolled_at, f.id)
        FROM directory.factors AS f WHERE f.account_id = a.id AND f.removed_at IS NULL), '[]'),
    'backup_codes_left', (
        SELECT count(*) FROM directory.factors AS f JOIN directory.backup_codes AS b ON b.factor_id = f.id
        WHERE f.account_id = a.id AND f.removed_at IS NULL AND b.used_at IS NULL),
    'contacts', coalesce((
        SELECT jsonb_agg(jsonb_build_object('id', c.id, 'kind', c.kind, 'value', c.value, 'bound_since', c.bound_since)
                         ORDER BY c.kind, c.id)
        FROM directory.contact_points AS c WHERE c.account_id = a.id AND c.replaced_at IS NULL), '[]'),
    'replaced_contacts', coalesce((
        SELECT jsonb_agg(jsonb_build_object('id', c.id, 'kind', c.kind, 'value', c.value,
                                            'bound_since', c.bound_since, 'replaced_at', c.replaced_at)
                         ORDER BY c.replaced_at, c.id)
        FROM directory.contact_points AS c
        WHERE c.account_id = a.id AND c.replaced_at > clock.now - interval '400 days'), '[]'),
    'session_count', (
        SELECT count(*) FROM directory.sessions AS s
        WHERE s.account_id = a.id AND s.ended_at IS NULL AND s.idle_until > clock.now AND s.absolute_until > clock.now),
    'refresh_token_count', (
        SELECT count(*) FROM directory.refresh_tokens AS r
        WHERE r.account_id = a.id AND r.revoked_at IS NULL AND r.expires_at > clock.now),
    'app_password_count', (
        SELECT count(*) FROM directory.app_passwords AS w WHERE w.account_id = a.id AND w.revoked_at IS NULL),
    'password_set', p.account_id IS NOT NULL AND p.invalidated_at IS NULL,
    'password_changed_at', p.changed_at,
    'recent_signals', coalesce((
        SELECT jsonb_agg(DISTINCT signals.name ORDER BY signals.name)
        FROM directory.events AS e
        JOIN (VALUES ('user.sign_in_mfa_failed', 'right_password_failed_mfa'),
                     ('user.step_up_failed', 'failed_step_up'),
                     ('user.signed_in.backup_code', 'backup_code_used'),
                     ('user.contact_changed', 'contact_changed'),
                     ('user.password_changed', 'password_changed'),
                     ('user.presence_code_failed', 'presence_code_failed')) AS signals (type, name)
            ON signals.type = e.type
        WHERE e.account_id = a.id AND e.at > clock.now - interval '24 hours'), '[]'),
    'enrolment', (
        SELECT jsonb_build_object(
            'presence_id', n.presence_id, 'until', n.until, 'choose_password', n.choose_password,
            'enrolled_factor_id', n.enrolled_factor_id, 'codes_issued_at', n.codes_issued_at,
            'password_chosen_at', n.password_chosen_at, 'state', directory.enrolment_state(n, clock.now))
        FROM directory.enrolments AS n WHERE n.account_id = a.id ORDER BY n.granted_at DESC, n.id LIMIT 1)
)
FROM directory.accounts AS a
CROSS JOIN LATERAL (SELECT directory.now(a.tenant_id) AS now) AS clock
LEFT JOIN directory.passwords AS p ON p.account_id = a.id
WHERE a.id = ANY ($1::uuid[])
ORDER BY a.id

-- name: accounts_in_order
SELECT id FROM directory.accounts
WHERE tenant_id = $1 AND ($2::uuid IS NULL OR id > $2)
ORDER BY id LIMIT $3

-- name: set_status
UPDATE directory.accounts SET status = $2, status_reason = $3 WHERE id = $1

-- name: set_enrolment_required
UPDATE directory.accounts SET enrolment_required = $2, first_enrolment = false WHERE id = $1

-- name: withdraw_first_enrolment
UPDATE directory.accounts SET first_enrolment = false WHERE id = $1 AND first_enrolment

-- name: require_mfa
UPDATE directory.accounts SET mfa = 'required', first_enrolment = $2 WHERE id = $1

-- name: freeze_contacts
UPDATE directory.accounts
SET contacts_frozen_until = greatest(contacts_frozen_until, directory.now(tenant_id) + $2::interval)
WHERE id = $1

-- name: freeze_contacts_until
UPDATE directory.accounts SET contacts_frozen_until = greatest(contacts_frozen_until, $2::timestamptz) WHERE id = $1

-- name: account_for_sign_in
SELECT a.id, a.tenant_id, a.person_id, a.status, p.changed_at AS password_changed_at,
       CASE WHEN p.invalidated_at IS NULL THEN p.phc END AS phc
FROM directory.accounts AS a LEFT JOIN directory.passwords AS p ON p.account_id = a.id
WHERE a.tenant_id = $1 AND a.login = $2

-- name: password_of
SELECT phc, changed_at, invalidated_at FROM directory.passwords WHERE account_id = $1

-- name: password_still_set
SELECT EXISTS (
    SELECT FROM directory.passwords WHERE account_id = $1 AND changed_at = $2 AND invalidated_at IS NULL)

-- name: set_password
INSERT INTO directory.passwords (account_id, phc, changed_at)
SELECT a.id, $2, directory.now(a.tenant_id) FROM directory.accounts AS a WHERE a.id = $1
ON CONFLICT (account_id) DO UPDATE SET phc = excluded.phc, changed_at = excluded.changed_at, invalidated_at = NULL
RETURNING changed_at

-- name: refresh_password_hash
UPDATE directory.passwords SET phc = $3 WHERE account_id = $1 AND phc = $2 AND invalidated_at IS NULL

-- name: invalidate_password
UPDATE directory.passwords AS p SET invalidated_at = directory.now(a.tenant_id)
FROM directory.accounts AS a
WHERE p.account_id = $1 AND a.id = $1 AND p.invalidated_at IS NULL
RETURNING p.account_id

-- name: replace_contacts
UPDATE directory.contact_points AS c SET replaced_at = directory.now(a.tenant_id)
FROM directory.accounts AS a
WHERE c.account_id = $1 AND a.id = $1 AND c.kind = $2 AND c.replaced_at IS NULL

-- name: add_contact
INSERT INTO directory.contact_points (account_id, kind, value, bound_since)
SELECT a.id, $2, $3, directory.now(a.tenant_id) FROM directory.accounts AS a WHERE a.id = $1
RETURNING id
