-- The audit chain (R42): one line of events per tenant that the application can extend and nobody can rewrite unseen.
-- The hashed text is the only truth; the other columns repeat it for searching and the checker compares them.

CREATE TABLE recovery.audit_heads (
    tenant_id uuid PRIMARY KEY REFERENCES recovery.tenants (id),
    seq       bigint NOT NULL DEFAULT 0 CHECK (seq >= 0),
    hash      bytea NOT NULL DEFAULT decode(repeat('00', 32), 'hex') CHECK (octet_length(hash) = 32),
    at        timestamptz
) WITH (fillfactor = 50);

-- No foreign key to the head: the only way in holds the head's lock, and a key check on every row would cost a lock more.
CREATE TABLE recovery.audit_events (
    tenant_id  uuid NOT NULL,
    seq        bigint NOT NULL CHECK (seq > 0),
    id         uuid NOT NULL,
    at         timestamptz NOT NULL,
    type       text NOT NULL CHECK (type ~ '^[a-z_]+([.][a-z_]+)+$'),
    actor_kind text NOT NULL,
    actor_id   text NOT NULL,
    subject_id text,
    case_id    uuid,
    outcome    text NOT NULL CHECK (outcome IN ('success', 'failure', 'denied', 'partial')),
    text       text NOT NULL CHECK (octet_length(text) <= 65536),
    hash       bytea NOT NULL CHECK (octet_length(hash) = 32),
    signature  bytea NOT NULL CHECK (octet_length(signature) BETWEEN 1 AND 1024),
    key_id     text NOT NULL CHECK (length(key_id) BETWEEN 1 AND 200),
    PRIMARY KEY (tenant_id, seq),
    UNIQUE (id)
);

CREATE INDEX audit_events_of_case ON recovery.audit_events (case_id, seq) WHERE case_id IS NOT NULL;
CREATE INDEX audit_events_of_subject ON recovery.audit_events (tenant_id, subject_id, seq) WHERE subject_id IS NOT NULL;

-- Lock a tenant's head until the caller's transaction ends, and say what the next event must follow.
-- The time is taken after the lock, and never lies before the previous event's.
CREATE FUNCTION recovery.audit_lock(p_tenant uuid, OUT seq bigint, OUT hash bytea, OUT at timestamptz, OUT clock_held boolean)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_head recovery.audit_heads%ROWTYPE;
    v_now  timestamptz;
BEGIN
    -- A snapshot older than the lock would show an old head (B18).
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'the audit chain is extended at READ COMMITTED only' USING ERRCODE = 'RA001';
    END IF;
    SELECT * INTO v_head FROM recovery.audit_heads AS h WHERE h.tenant_id = p_tenant FOR UPDATE;
    IF NOT FOUND THEN
        INSERT INTO recovery.audit_heads (tenant_id) VALUES (p_tenant) ON CONFLICT DO NOTHING;
        SELECT * INTO STRICT v_head FROM recovery.audit_heads AS h WHERE h.tenant_id = p_tenant FOR UPDATE;
    END IF;
    v_now := recovery.now(p_tenant);
    seq := v_head.seq;
    hash := v_head.hash;
    at := greatest(v_now, v_head.at);
    clock_held := coalesce(v_now < v_head.at, false);
END;
$$;

-- The only way in. Signatures are not checked here: the database has no key, the checker has.
CREATE FUNCTION recovery.audit_append(
    p_tenant uuid, p_texts text[], p_hashes bytea[], p_signatures bytea[], p_key_ids text[]
) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    c_prefix CONSTANT bytea := convert_to('mfa-recovery/audit-event/v1', 'UTF8') || '\x00'::bytea;
    v_last   record;
    v_event  jsonb;
    v_seq    bigint;
    v_hash   bytea;
    v_at     timestamptz;
    v_latest timestamptz;
BEGIN
    SELECT * INTO v_last FROM recovery.audit_lock(p_tenant);
    v_seq := v_last.seq;
    v_hash := v_last.hash;
    -- Nobody may date an event into the future: every later one would be held at that time.
    v_latest := v_last.at + interval '1 minute';
    SELECT h.at INTO v_at FROM recovery.audit_heads AS h WHERE h.tenant_id = p_tenant;
    IF coalesce(cardinality(p_texts), 0) = 0
        OR cardinality(p_hashes) IS DISTINCT FROM cardinality(p_texts)
        OR cardinality(p_signatures) IS DISTINCT FROM cardinality(p_texts)
        OR cardinality(p_key_ids) IS DISTINCT FROM cardinality(p_texts)
    THEN
        RAISE EXCEPTION 'an audit batch needs as many hashes, signatures and key ids as texts' USING ERRCODE = 'RA002';
    END IF;
    FOR i IN 1 .. cardinality(p_texts) LOOP
        v_event := p_texts[i]::jsonb;
        IF v_event -> 'seq' IS DISTINCT FROM to_jsonb(v_seq + 1)
            OR v_event ->> 'prev' IS DISTINCT FROM encode(v_hash, 'hex')
            OR v_event ->> 'tenant' IS DISTINCT FROM p_tenant::text
            OR p_hashes[i] IS DISTINCT FROM sha256(c_prefix || v_hash || convert_to(p_texts[i], 'UTF8'))
            OR (v_event ->> 'at' ~ '^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[.]\d{6}Z$') IS NOT TRUE
            OR (v_event ->> 'at')::timestamptz < v_at
            OR (v_event ->> 'at')::timestamptz > v_latest
        THEN
            RAISE EXCEPTION 'this audit event does not continue the chain' USING ERRCODE = 'RA002';
        END IF;
        v_seq := v_seq + 1;
        v_hash := p_hashes[i];
        v_at := (v_event ->> 'at')::timestamptz;
        INSERT INTO recovery.audit_events
            (tenant_id, seq, id, at, type, actor_kind, actor_id, subject_id, case_id, outcome, text, hash, signature, key_id)
        VALUES (
            p_tenant, v_seq, (v_event ->> 'id')::uuid, v_at, v_event ->> 'type', v_event -> 'actor' ->> 'kind',
            v_event -> 'actor' ->> 'id', v_event ->> 'subject', (v_event ->> 'case')::uuid, v_event ->> 'outcome',
            p_texts[i], v_hash, p_signatures[i], p_key_ids[i]
        );
    END LOOP;
    UPDATE recovery.audit_heads SET seq = v_seq, hash = v_hash, at = v_at WHERE tenant_id = p_tenant;
END;
$$;

CREATE FUNCTION recovery.audit_refuse_change() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RAISE EXCEPTION 'the audit chain is only ever extended' USING ERRCODE = 'RA003';
END;
$$;

CREATE TRIGGER audit_events_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON recovery.audit_events
    FOR EACH STATEMENT EXECUTE FUNCTION recovery.audit_refuse_change();
CREATE TRIGGER audit_heads_stay BEFORE DELETE OR TRUNCATE ON recovery.audit_heads
    FOR EACH STATEMENT EXECUTE FUNCTION recovery.audit_refuse_change();
CREATE TRIGGER audit_heads_advance BEFORE UPDATE ON recovery.audit_heads
    FOR EACH ROW WHEN (NEW.seq <= OLD.seq OR NEW.tenant_id <> OLD.tenant_id)
    EXECUTE FUNCTION recovery.audit_refuse_change();
-- ALWAYS: session_replication_role = replica must not switch them off.
ALTER TABLE recovery.audit_events ENABLE ALWAYS TRIGGER audit_events_stay;
ALTER TABLE recovery.audit_heads ENABLE ALWAYS TRIGGER audit_heads_stay;
ALTER TABLE recovery.audit_heads ENABLE ALWAYS TRIGGER audit_heads_advance;

REVOKE ALL ON recovery.audit_heads, recovery.audit_events FROM PUBLIC, recovery_app;
REVOKE ALL ON FUNCTION recovery.audit_lock(uuid), recovery.audit_append(uuid, text[], bytea[], bytea[], text[]),
    recovery.audit_refuse_change() FROM PUBLIC, recovery_app;
GRANT USAGE ON SCHEMA recovery TO recovery_app;
GRANT SELECT ON recovery.audit_heads, recovery.audit_events TO recovery_app;
GRANT EXECUTE ON FUNCTION recovery.audit_lock(uuid), recovery.audit_append(uuid, text[], bytea[], bytea[], text[])
    TO recovery_app;
