-- What each consumer has still to get, instead of marks on all it ever got: reading costs what is waiting, not history.

CREATE TABLE directory.event_consumers (
    consumer text PRIMARY KEY
);
-- UPDATE is what LOCK TABLE asks for; see take_up_consumer.
GRANT SELECT, INSERT, UPDATE ON directory.event_consumers TO directory_app;

CREATE TABLE directory.pending_events (
    consumer text NOT NULL REFERENCES directory.event_consumers,
    seq      bigint NOT NULL REFERENCES directory.events,
    PRIMARY KEY (consumer, seq)
);
GRANT SELECT, INSERT, DELETE ON directory.pending_events TO directory_app;

INSERT INTO directory.event_consumers (consumer) SELECT DISTINCT consumer FROM directory.event_marks;

INSERT INTO directory.pending_events (consumer, seq)
SELECT c.consumer, e.seq
FROM directory.event_consumers AS c CROSS JOIN directory.events AS e
WHERE NOT EXISTS (SELECT FROM directory.event_marks AS m WHERE m.consumer = c.consumer AND m.event_id = e.id);

DROP TABLE directory.event_marks;
